DROP TABLE users;
DROP FUNCTION lower_email();
