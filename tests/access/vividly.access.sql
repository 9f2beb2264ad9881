-- What became of the people of the demo: Sofia and the teacher Osei were switched off, Omar's account was deleted, Will
-- moved to the other school. Ella has left the seminar already.
UPDATE users SET is_active = false WHERE id IN ('user_12349', 'user_teacher_osei');
UPDATE users SET deleted_at = now() WHERE id = 'user_12352';
UPDATE users SET org_id = 'school_overton_hs' WHERE id = 'user_12346';
UPDATE class_students SET dropped_at = now() - interval '1 hour' WHERE student_id = 'user_12346';

-- What is soft-deleted: a request of Jordan's, a class of Reed's, and a school with its teacher.
UPDATE content_requests SET deleted_at = now() WHERE id = 'req_demo03';
INSERT INTO classes (id, name, teacher_id, school_id)
VALUES ('class_gone', 'Gone', 'user_teacher_reed', 'school_hillsboro_hs'),
('class_ended', 'Ended', 'user_teacher_reed', 'school_hillsboro_hs');
INSERT INTO class_students (class_id, student_id)
VALUES ('class_gone', 'user_12345'), ('class_gone', 'user_12348'), ('class_ended', 'user_12345'), ('class_ended', 'user_12348');
UPDATE classes SET deleted_at = now() WHERE id = 'class_gone';
UPDATE classes SET is_active = false WHERE id = 'class_ended';
INSERT INTO organizations (id, name, org_type, parent_id) VALUES ('school_gone', 'Gone', 'school', 'org_mnps');
INSERT INTO users (id, email, password_hash, first_name, last_name, role, org_id)
VALUES ('user_gone_teacher', 'gone@mnps.example', '$2b$12$x', 'G', 'One', 'teacher', 'school_gone');
UPDATE organizations SET deleted_at = now() WHERE id = 'school_gone';
