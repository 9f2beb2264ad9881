DROP FUNCTION claimed_user_id();
