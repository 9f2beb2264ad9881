-- depends: core_0003_read_settings
-- Why:  readable ids (REQ_3f…) need 64 random bits and no constant digit. The first sixteen digits
--       of a version 4 uuid have two: its version and its variant. pgcrypto is not on every server.
-- Lock: none, only new objects. Rollback loses: nothing; fails while a product still uses the
--       function.

CREATE FUNCTION prefixed_id(p_prefix text) RETURNS text
LANGUAGE plpgsql VOLATILE PARALLEL SAFE STRICT
SET search_path FROM CURRENT
AS $$
DECLARE
    v_bytes bytea := uuid_send(gen_random_uuid());
BEGIN
    -- Bytes 6 and 8 hold the fixed bits. 0 to 5, 9 and 10 are eight wholly random ones.
    RETURN p_prefix
        || encode(substring(v_bytes FROM 1 FOR 6) || substring(v_bytes FROM 10 FOR 2), 'hex');
END;
$$;

COMMENT ON FUNCTION prefixed_id(text) IS
'The prefix as given, then 16 hexadecimal digits (64 random bits). NULL for NULL. Writes nothing.';

GRANT EXECUTE ON FUNCTION prefixed_id(text) TO core_user;
