DROP POLICY teachers_read_own_students ON status_changes;
DROP POLICY teachers_read_own_classes ON class_students;
DROP POLICY teachers_change_own_students ON students;
DROP POLICY teachers_read_own_students ON students;
DROP FUNCTION my_enrolled_student_ids();
DROP FUNCTION my_student_ids();
DROP FUNCTION my_class_ids();
