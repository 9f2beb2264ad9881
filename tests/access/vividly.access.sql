-- What became of the people of the demo: Sofia and the teacher Osei were switched off, Omar's account was deleted, Will
-- moved to the other school. Ella has left the seminar already.
UPDATE users SET is_active = false WHERE id IN ('user_12349', 'user_teacher_osei');
UPDATE users SET deleted_at = now() WHERE id = 'user_12352';
UPDATE users SET org_id = 'school_overton_hs' WHERE id = 'user_12346';
UPDATE class_students SET dropped_at = now() - interval '1 hour' WHERE student_id = 'user_12346';
