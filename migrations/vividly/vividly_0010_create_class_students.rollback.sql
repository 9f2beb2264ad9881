DROP FUNCTION enroll_student(text, text);
DROP TRIGGER users_leave_their_classes ON users;
DROP FUNCTION end_enrollments();
DROP TABLE class_students;
DROP FUNCTION fit_student_to_class();
