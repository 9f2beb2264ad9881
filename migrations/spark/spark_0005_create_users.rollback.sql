DROP POLICY people_change_themselves ON users;
DROP POLICY people_read_themselves ON users;
DROP VIEW my_account;
DROP TABLE users;
DROP FUNCTION school_day(uuid, timestamptz);
DROP TYPE user_role;
