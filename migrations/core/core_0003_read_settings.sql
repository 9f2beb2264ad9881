-- depends: core_0002_keep_updated_at
-- Why:  the caller's identity arrives as a setting (SET LOCAL app.user_id). After SET LOCAL ends on
--       a pooled connection the setting is '' and not NULL, and ''::uuid raises: one place knows
--       that.
-- Lock: none, only new objects. Rollback loses: nothing; fails while a product still uses a
--       function.

CREATE FUNCTION setting_text(p_name text) RETURNS text
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path FROM CURRENT
AS $$
BEGIN
    RETURN nullif(current_setting(p_name, true), '');
END;
$$;

COMMENT ON FUNCTION setting_text(text) IS
'The setting''s value; NULL when it was never set or is empty. Reads only.';

CREATE FUNCTION setting_uuid(p_name text) RETURNS uuid
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path FROM CURRENT
AS $$
BEGIN
    RETURN nullif(current_setting(p_name, true), '')::uuid;
EXCEPTION WHEN invalid_text_representation THEN
    -- Fails closed: a malformed identity must never read as "nobody" or as "everybody".
    RAISE EXCEPTION 'setting "%" is not a uuid: "%"', p_name, current_setting(p_name, true)
        USING ERRCODE = 'invalid_text_representation',
        HINT = format('Set it per transaction: SET LOCAL %s = ''<uuid>'';', p_name);
END;
$$;

COMMENT ON FUNCTION setting_uuid(text) IS
'The setting''s value as uuid; NULL when unset or empty, error 22P02 when malformed. Reads only.';

CREATE FUNCTION setting_inet(p_name text) RETURNS inet
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path FROM CURRENT
AS $$
DECLARE
    -- As proxies forward it: a list, the client first, each perhaps in brackets or with a port.
    v_first text := btrim(split_part(current_setting(p_name, true), ',', 1));
BEGIN
    v_first := coalesce(
        (regexp_match(v_first, '^\[(.+)\](?::\d+)?$'))[1],
        (regexp_match(v_first, '^([0-9.]+):\d+$'))[1],
        v_first
    );
    RETURN nullif(v_first, '')::inet;
EXCEPTION WHEN invalid_text_representation THEN
    -- It says where from, and decides nothing: it must not refuse the write it is a note of.
    RETURN NULL;
END;
$$;

COMMENT ON FUNCTION setting_inet(text) IS
'The setting''s value as an address: the first of a forwarded list, without brackets and port. '
'NULL when unset, empty or no address. Reads only.';

GRANT EXECUTE ON FUNCTION setting_text(text) TO core_user;

GRANT EXECUTE ON FUNCTION setting_uuid(text) TO core_user;

GRANT EXECUTE ON FUNCTION setting_inet(text) TO core_user;
