DROP TRIGGER feedback_counts_truncation ON feedback;
DROP TRIGGER student_progress_counts_truncation ON student_progress;
DROP FUNCTION count_truncation();
