DROP POLICY people_change_own_account ON users;
DROP POLICY people_read_own_account ON users;
DROP VIEW my_account;
DROP TABLE users;
DROP FUNCTION current_user_id();
DROP FUNCTION lower_email();
