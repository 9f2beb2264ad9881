DROP TABLE progress_metrics;
DROP FUNCTION claim_progress_metric_ids();
DROP TABLE progress_metric_keys;
