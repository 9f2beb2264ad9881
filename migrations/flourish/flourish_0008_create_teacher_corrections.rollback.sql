DROP TABLE teacher_corrections;
DROP FUNCTION check_correction();
