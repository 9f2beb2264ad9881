DROP TRIGGER classes_fill_new_places ON classes;
DROP TRIGGER class_students_keep_class_size ON class_students;
DROP TRIGGER class_students_removed_keep_class_size ON class_students;
DROP TRIGGER class_students_added_keep_class_size ON class_students;
DROP FUNCTION enroll_student(integer, integer);
DROP FUNCTION fill_new_places();
DROP FUNCTION count_enrolled();
DROP FUNCTION promote_from_waitlist(integer);
