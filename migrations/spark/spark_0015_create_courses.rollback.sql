DROP TABLE courses;
DROP FUNCTION check_prerequisites();
DROP FUNCTION note_creator();
DROP TYPE difficulty_level;
