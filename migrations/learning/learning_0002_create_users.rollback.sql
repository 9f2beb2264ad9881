DROP POLICY people_change_themselves ON users;
DROP POLICY people_read_themselves ON users;
DROP VIEW my_account;
DROP TABLE users;
DROP FUNCTION deactivate_deleted_user();
