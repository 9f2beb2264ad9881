DROP TRIGGER progress_metrics_free_all_ids ON progress_metrics;
DROP TRIGGER interactions_free_all_ids ON interactions;
DROP FUNCTION free_all_ids();
DROP TRIGGER interactions_take_all_off_count ON interactions;
DROP FUNCTION take_off_all_interactions();
