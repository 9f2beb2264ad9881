DROP TRIGGER classes_leave_performed_routines ON classes;
DROP TABLE routine_performance;
DROP FUNCTION keep_performed_routines();
