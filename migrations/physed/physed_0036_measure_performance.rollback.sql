DROP TABLE performance_metrics;
DROP FUNCTION take_student_of_performance();
