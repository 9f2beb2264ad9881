DROP TABLE users;
DROP FUNCTION current_user_id();
DROP FUNCTION lower_email();
