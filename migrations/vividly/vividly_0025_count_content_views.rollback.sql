DROP TRIGGER student_progress_counts_gone_views ON student_progress;
DROP TRIGGER student_progress_counts_changed_views ON student_progress;
DROP TRIGGER student_progress_counts_new_views ON student_progress;
DROP FUNCTION count_progress();
DROP FUNCTION add_content_usage(text[], bigint[], bigint[], bigint[], bigint[]);
