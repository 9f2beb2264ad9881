DROP TABLE student_progress;
DROP FUNCTION bump_sync_version();
DROP FUNCTION stamp_progress();
DROP TYPE progress_status;
