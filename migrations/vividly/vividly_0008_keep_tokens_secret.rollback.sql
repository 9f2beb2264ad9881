DROP FUNCTION redeem_reset_token(text, text);
DROP TRIGGER users_keep_no_plain_token ON users;
DROP FUNCTION tidy_credentials();
DROP FUNCTION reset_token_digest(text);
