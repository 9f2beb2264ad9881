DROP TABLE student_progress;
DROP FUNCTION date_completion();
DROP TYPE progress_status;
