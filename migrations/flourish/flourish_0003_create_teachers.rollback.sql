DROP TABLE teachers;
