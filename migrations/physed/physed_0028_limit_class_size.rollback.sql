DROP TRIGGER class_students_keep_class_size ON class_students;
DROP TRIGGER class_students_removed_keep_class_size ON class_students;
DROP TRIGGER class_students_added_keep_class_size ON class_students;
DROP FUNCTION enroll_student(integer, integer);
DROP FUNCTION count_enrolled();
