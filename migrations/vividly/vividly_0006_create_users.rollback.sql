DROP TABLE users;
DROP FUNCTION fit_user_to_organization();
DROP FUNCTION redeem_reset_token(text, text);
DROP FUNCTION reset_token_digest(text);
DROP FUNCTION tidy_credentials();
DROP TYPE user_role;
