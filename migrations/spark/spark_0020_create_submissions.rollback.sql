DROP FUNCTION complete_submission();
DROP TABLE submissions;
