-- Why:  a migration never names its own schema, and GRANT … ON SCHEMA wants a name. This reads it
--       from the path. core holds what all products share; every role of `slate bootstrap` reaches
--       it through core_user.
-- Lock: none, only new objects. Rollback loses: the grants on core.

CREATE FUNCTION open_schema(VARIADIC p_roles name[]) RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
    v_role name;
BEGIN
    FOREACH v_role IN ARRAY p_roles LOOP
        EXECUTE format('GRANT USAGE ON SCHEMA %I TO %I', current_schema(), v_role);
    END LOOP;
END;
$$;

COMMENT ON FUNCTION open_schema(name[]) IS
'Grants USAGE on the first schema of the caller''s search_path to the roles. Its path is the '
'caller''s on purpose.';

CREATE FUNCTION close_schema(VARIADIC p_roles name[]) RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
    v_role name;
BEGIN
    FOREACH v_role IN ARRAY p_roles LOOP
        EXECUTE format('REVOKE USAGE ON SCHEMA %I FROM %I', current_schema(), v_role);
    END LOOP;
END;
$$;

COMMENT ON FUNCTION close_schema(name[]) IS 'The mirror of open_schema, for rollbacks.';

SELECT open_schema('core_user');
