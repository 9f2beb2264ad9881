DROP FUNCTION my_org_student_ids();
DROP FUNCTION my_org_ids();
DROP FUNCTION my_own_org_ids();
DROP FUNCTION my_enrolled_class_ids();
DROP FUNCTION my_student_ids();
DROP FUNCTION my_class_ids();
DROP FUNCTION current_user_id();
DROP FUNCTION claimed_user_id();
