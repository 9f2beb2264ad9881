-- Why:  rights are the groups': policies and grants name authenticated_users, slate_services,
--       slate_readers, slate_auditors, which reach no schema. Reach is the installation's: its own
--       roles (<schema>_people, _service, _reader, _auditor) are members of the groups and hold
--       USAGE on this one schema. A migration never names its schema: these read it from the path.
--       core holds what all products share; every installation's role reaches it by core_user.
-- Lock: none, only new objects. Rollback loses: the grants on core.

CREATE FUNCTION own_role(p_kind text) RETURNS name
LANGUAGE plpgsql STABLE
AS $$
DECLARE
    v_name text := current_schema() || '_' || p_kind;
BEGIN
    IF octet_length(v_name) > 63 THEN
        RAISE EXCEPTION 'schema name "%" is too long for its role "%"', current_schema(), v_name
            USING ERRCODE = 'name_too_long',
                HINT = 'Install it under a name of at most 55 bytes.';
    END IF;
    RETURN v_name;
END;
$$;

COMMENT ON FUNCTION own_role(text) IS
'The role of a kind (people, service, reader, auditor) that belongs to the first schema of the '
'caller''s search_path. Its path is the caller''s on purpose. Reads only.';

-- Bootstrap makes the roles of installations under their product's own name; this makes those of
-- others, where the migrating role may, and else says what to run.
CREATE FUNCTION make_own_role(p_kind text) RETURNS name
LANGUAGE plpgsql
AS $$
DECLARE
    v_role name := core.own_role(p_kind);
    v_group name := CASE p_kind WHEN 'people' THEN 'authenticated_users'
        ELSE 'slate_' || p_kind || 's' END;
    v_create text := format('CREATE ROLE %I NOLOGIN', v_role);
    v_join text := format('GRANT %I, core_user TO %I', v_group, v_role)
        || CASE WHEN current_setting('server_version_num')::integer >= 160000
            THEN ' WITH INHERIT TRUE, SET FALSE' ELSE '' END;
BEGIN
    IF EXISTS (
        SELECT FROM pg_catalog.pg_roles
        WHERE rolname = v_role AND (rolcanlogin OR rolsuper OR rolbypassrls)
    ) THEN
        RAISE EXCEPTION 'role "%" logs in or is above row security', v_role
            USING ERRCODE = 'duplicate_object',
                HINT = 'It cannot stand for an installation: rename it, or choose another schema.';
    END IF;
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = v_role) THEN
        BEGIN
            EXECUTE v_create;
            EXECUTE format('COMMENT ON ROLE %I IS %L', v_role, 'Slate: reaches one schema only');
        EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;  -- another was faster
        END;
    END IF;
    IF NOT (
        pg_catalog.pg_has_role(v_role, v_group, 'USAGE')
        AND pg_catalog.pg_has_role(v_role, 'core_user', 'USAGE')
    ) THEN
        EXECUTE v_join;
    END IF;
    RETURN v_role;
EXCEPTION WHEN insufficient_privilege THEN
    RAISE EXCEPTION 'role "%" is missing, and "%" may not make it', v_role, current_user
        USING ERRCODE = 'insufficient_privilege',
            HINT = format('As a role with CREATEROLE, run: %s; %s;', v_create, v_join);
END;
$$;

COMMENT ON FUNCTION make_own_role(text) IS
'Returns own_role(kind), made and put into its group when it is not yet. Writes.';

CREATE FUNCTION open_schema(VARIADIC p_kinds text[]) RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
    v_kind text;
BEGIN
    FOREACH v_kind IN ARRAY p_kinds LOOP
        EXECUTE format(
            'GRANT USAGE ON SCHEMA %I TO %I', current_schema(), core.make_own_role(v_kind)
        );
    END LOOP;
END;
$$;

COMMENT ON FUNCTION open_schema(text[]) IS
'Grants USAGE on the first schema of the caller''s search_path to its own roles of these kinds, '
'and makes those that are missing. Writes.';

CREATE FUNCTION close_schema(VARIADIC p_kinds text[]) RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
    v_kind text;
BEGIN
    FOREACH v_kind IN ARRAY p_kinds LOOP
        EXECUTE format(
            'REVOKE USAGE ON SCHEMA %I FROM %I', current_schema(), core.own_role(v_kind)
        );
    END LOOP;
END;
$$;

COMMENT ON FUNCTION close_schema(text[]) IS
'The mirror of open_schema, for rollbacks; the roles stay, another database may use them. Writes.';

-- Sequences are found by oid, and statistics by right, without USAGE on the schema: what has a
-- sequence or has no row security is granted to the installation's own roles, not to a group.
CREATE FUNCTION grant_to_own(p_privilege text, VARIADIC p_kinds text[]) RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
    v_kind text;
BEGIN
    FOREACH v_kind IN ARRAY p_kinds LOOP
        EXECUTE format('GRANT %s TO %I', p_privilege, core.own_role(v_kind));
    END LOOP;
END;
$$;

COMMENT ON FUNCTION grant_to_own(text, text[]) IS
'Grants a privilege (''SELECT ON report'') to the own roles of these kinds. Writes.';

DO $$
BEGIN
    EXECUTE format('GRANT USAGE ON SCHEMA %I TO core_user', current_schema());
END;
$$;
