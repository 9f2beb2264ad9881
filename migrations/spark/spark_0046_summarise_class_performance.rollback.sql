DROP FUNCTION my_children_overview();
DROP FUNCTION my_dashboard();
DROP FUNCTION class_roster(uuid);
DROP FUNCTION visible_class_roster(uuid);
DROP FUNCTION sum_up_roster(uuid, boolean, uuid[]);
DROP INDEX idx_class_performance_class_id;
DROP FUNCTION my_class_performance();
DROP MATERIALIZED VIEW class_performance_summary;
