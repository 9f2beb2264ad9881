DROP TABLE submissions;
DROP FUNCTION complete_submission();
