DROP INDEX idx_class_performance_class_id;
DROP FUNCTION my_class_performance();
DROP MATERIALIZED VIEW class_performance_summary;
