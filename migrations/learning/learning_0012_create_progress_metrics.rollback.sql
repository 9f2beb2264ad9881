DROP TABLE progress_metrics;
DROP TABLE progress_metric_keys;
