DROP TABLE class_students;
DROP FUNCTION queue_student();
DROP TYPE enrollment_status;
