DROP FUNCTION log_progress_conflict(
    student_progress, student_progress, student_progress, text, integer, uuid
);
DROP FUNCTION write_progress(student_progress, student_progress);
DROP FUNCTION merge_progress(student_progress, student_progress, text);
