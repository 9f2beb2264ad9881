DROP TRIGGER feedback_counts_gone_ratings ON feedback;
DROP TRIGGER feedback_counts_changed_ratings ON feedback;
DROP TRIGGER feedback_counts_new_ratings ON feedback;
DROP FUNCTION count_ratings();
