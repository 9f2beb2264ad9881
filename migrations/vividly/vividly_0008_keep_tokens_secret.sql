-- depends: vividly_0007_create_users
-- Why:  who reads the table must not be able to take an account over: a token is kept as its
--       digest, and an e-mail has one spelling, whoever writes it.
-- Lock: brief on users (new trigger). Rollback loses: nothing; tokens are kept as they are written.

CREATE FUNCTION reset_token_digest(p_token text) RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE STRICT
SET search_path FROM CURRENT
AS $$
BEGIN
    RETURN 'sha256:' || encode(sha256(convert_to(p_token, 'UTF8')), 'hex');
END;
$$;

COMMENT ON FUNCTION reset_token_digest(text) IS 'How users.reset_token holds a token.';

CREATE FUNCTION tidy_credentials() RETURNS trigger
LANGUAGE plpgsql
SET search_path FROM CURRENT
AS $$
BEGIN
    NEW.email := lower(btrim(NEW.email));
    IF NEW.deleted_at IS NOT NULL AND NEW.email <> lower(NEW.id) || '@closed.invalid'
    THEN
        NEW.closed_email := NEW.email;
        NEW.email := lower(NEW.id) || '@closed.invalid';
    ELSIF NEW.deleted_at IS NULL THEN
        IF NEW.email = lower(NEW.id) || '@closed.invalid' THEN
            NEW.email := coalesce(NEW.closed_email, NEW.email);
        END IF;
        NEW.closed_email := NULL;
    END IF;
    IF NEW.reset_token !~ '^sha256:[0-9a-f]{64}$' THEN
        NEW.reset_token := reset_token_digest(NEW.reset_token);
    END IF;
    RETURN NEW;
END;
$$;

COMMENT ON FUNCTION tidy_credentials() IS
'BEFORE row trigger of users: e-mail to lower case, that of a deleted account out of the way; a '
'plain reset token to its digest.';

CREATE TRIGGER users_keep_no_plain_token
BEFORE INSERT OR UPDATE OF email, reset_token, deleted_at, closed_email ON users
FOR EACH ROW EXECUTE FUNCTION tidy_credentials();

CREATE FUNCTION redeem_reset_token(p_token text, p_password_hash text) RETURNS text
LANGUAGE plpgsql
SET search_path FROM CURRENT
AS $$
DECLARE
    v_id text;
BEGIN
    UPDATE users AS u
    SET password_hash = p_password_hash, reset_token = NULL, reset_token_expires_at = NULL
    WHERE u.reset_token = reset_token_digest(p_token) AND u.reset_token_expires_at > now()
        AND u.is_active AND u.deleted_at IS NULL
    RETURNING u.id INTO v_id;
    RETURN v_id;
END;
$$;

COMMENT ON FUNCTION redeem_reset_token(text, text) IS
'Sets the password of the account the token was mailed to and uses the token up. Returns '
'users.id, or NULL when the token is unknown, used, expired or its account closed.';

GRANT EXECUTE ON FUNCTION reset_token_digest(text) TO slate_services;
GRANT EXECUTE ON FUNCTION redeem_reset_token(text, text) TO slate_services;
