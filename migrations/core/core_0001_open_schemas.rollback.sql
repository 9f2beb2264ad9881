DO $$
BEGIN
    EXECUTE format('REVOKE USAGE ON SCHEMA %I FROM core_user', current_schema());
END;
$$;

DROP FUNCTION grant_to_own(text, text[]);
DROP FUNCTION close_schema(text[]);
DROP FUNCTION open_schema(text[]);
DROP FUNCTION make_own_role(text);
DROP FUNCTION own_role(text);
