DROP TABLE students;
DROP FUNCTION check_student_age();
DROP FUNCTION school_age(date, date);
DROP TYPE fitness_level;
DROP TYPE gender;
