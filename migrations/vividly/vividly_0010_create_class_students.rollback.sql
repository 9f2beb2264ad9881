DROP FUNCTION enroll_student(text, text);
DROP TABLE class_students;
DROP FUNCTION fit_student_to_class();
