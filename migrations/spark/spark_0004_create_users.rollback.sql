DROP FUNCTION school_day(uuid, timestamptz);
DROP TABLE users;
DROP TYPE user_role;
