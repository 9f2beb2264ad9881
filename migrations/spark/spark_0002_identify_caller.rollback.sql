DROP FUNCTION my_school_ids();
DROP FUNCTION my_own_school_id();
DROP FUNCTION my_role();
DROP FUNCTION current_user_id();
