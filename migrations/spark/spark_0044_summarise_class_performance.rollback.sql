DROP FUNCTION my_class_performance();
DROP INDEX idx_class_performance_class_id;
DROP MATERIALIZED VIEW class_performance_summary;
