DROP TABLE courses;
DROP FUNCTION check_prerequisites();
DROP TYPE difficulty_level;
