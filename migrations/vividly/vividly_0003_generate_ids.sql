-- depends: vividly_0002_keep_updated_at
-- Why:  ids are readable (user_3f9a…) and must not be guessable. gen_random_bytes() of the document
--       belongs to pgcrypto, which a plain server lacks, and the first 16 digits of a uuid hold a
--       constant one.
-- Lock: none, only new objects. Rollback loses: nothing.

CREATE FUNCTION generate_id(prefix text) RETURNS text
LANGUAGE plpgsql VOLATILE PARALLEL SAFE STRICT
SET search_path FROM CURRENT
AS $$
BEGIN
    RETURN core.prefixed_id(prefix || '_');
END;
$$;

COMMENT ON FUNCTION generate_id(text) IS
'The prefix, an underscore and 16 lower-case hexadecimal digits: 64 random bits, with or without '
'pgcrypto. NULL for NULL. Usage: INSERT INTO users (id, …) VALUES (generate_id(''user''), …).';

GRANT EXECUTE ON FUNCTION generate_id(text) TO authenticated_users, slate_services;
