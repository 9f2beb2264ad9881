DROP POLICY people_read_themselves ON users;
DROP VIEW my_account;
DROP TABLE users;
DROP FUNCTION fit_user_to_organization();
DROP TYPE user_role;
