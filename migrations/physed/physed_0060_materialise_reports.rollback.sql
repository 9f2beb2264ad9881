DROP FUNCTION my_student_reports();
DROP FUNCTION my_class_reports();
DROP MATERIALIZED VIEW class_report;
DROP MATERIALIZED VIEW student_report;
DROP FUNCTION refresh_reports();
