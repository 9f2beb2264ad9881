DROP TABLE enrollments;
DROP FUNCTION take_class_seat();
DROP TYPE enrollment_status;
