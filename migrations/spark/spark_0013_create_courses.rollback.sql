DROP FUNCTION check_prerequisites();
DROP TABLE courses;
DROP TYPE difficulty_level;
