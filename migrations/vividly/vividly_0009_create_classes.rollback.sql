DROP TABLE classes;
DROP FUNCTION fit_teacher_to_school();
