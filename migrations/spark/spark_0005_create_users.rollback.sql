DROP TABLE users;
DROP FUNCTION school_day(uuid, timestamptz);
DROP TYPE user_role;
