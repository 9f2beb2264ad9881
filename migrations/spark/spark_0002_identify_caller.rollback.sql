DROP FUNCTION refuse_hidden_row();
DROP FUNCTION acts_as_person();
DROP FUNCTION my_school_ids();
DROP FUNCTION my_own_school_id();
DROP FUNCTION my_role();
DROP FUNCTION current_user_id();
DROP FUNCTION claimed_user_id();
