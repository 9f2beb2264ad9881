DROP FUNCTION my_child_class_ids();
DROP FUNCTION my_enrolled_class_ids();
DROP FUNCTION my_charge_ids();
DROP FUNCTION my_child_ids();
DROP FUNCTION my_school_student_ids();
DROP FUNCTION my_student_ids();
DROP FUNCTION my_school_class_ids();
DROP FUNCTION my_class_ids();
