DROP TABLE classes;
DROP FUNCTION check_class_status();
DROP FUNCTION classes_schedule_fits(jsonb);
DROP TYPE class_status;
