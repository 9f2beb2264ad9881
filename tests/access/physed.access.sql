-- What became of the people of the demo: a third teacher whose account was closed, and one whose class is closed. Hugo
-- has left 6a for 7b already.
INSERT INTO users (id, email, first_name, last_name, is_teacher, school) VALUES
('0a1b2c3d-0000-4000-8000-000000002001', 'ann.closed@riverside.example', 'Ann', 'Closed', true, 'Riverside School'),
('0a1b2c3d-0000-4000-8000-000000002002', 'ben.former@riverside.example', 'Ben', 'Former', true, 'Riverside School');
INSERT INTO classes (id, name, start_date, end_date, status, grade_level, teacher_id) VALUES
(2001, 'of a closed account', '2025-04-01', '2025-06-30', 'active', '6', '0a1b2c3d-0000-4000-8000-000000002001'),
(2002, 'a closed class', '2025-04-01', '2025-06-30', 'active', '6', '0a1b2c3d-0000-4000-8000-000000002002');
INSERT INTO class_students (class_id, student_id, enrollment_date, status) VALUES
(2001, 1002, '2025-04-01', 'enrolled'), (2002, 1003, '2025-04-01', 'enrolled');
UPDATE users SET is_active = false WHERE id = '0a1b2c3d-0000-4000-8000-000000002001';
UPDATE classes SET status = 'completed' WHERE id = 2002;
