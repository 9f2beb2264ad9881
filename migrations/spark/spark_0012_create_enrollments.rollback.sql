DROP TABLE enrollments;
DROP FUNCTION take_class_seats(uuid, integer);
DROP FUNCTION take_class_seat();
DROP TYPE enrollment_status;
