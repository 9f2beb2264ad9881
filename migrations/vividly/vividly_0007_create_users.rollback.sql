DROP TABLE users;
DROP FUNCTION fit_user_to_organization();
DROP TYPE user_role;
