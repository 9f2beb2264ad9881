DROP FUNCTION take_class_seat();
DROP TABLE enrollments;
DROP TYPE enrollment_status;
