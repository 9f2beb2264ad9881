DROP TABLE student_interests;
