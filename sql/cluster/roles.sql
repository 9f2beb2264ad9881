-- Why: reach is that of <product>_people, _service, _reader and _auditor: each has USAGE on one
--      schema and the rights of its groups (groups.sql). Installations under another name get such
--      roles from core.open_schema. Safe to run again, at once from two places, and by any role
--      with CREATEROLE.

DO $$
DECLARE
    v_role text;
    v_groups text[];
    v_group text;
    v_purpose text;
    v_how text := CASE WHEN current_setting('server_version_num')::integer >= 160000
        THEN ' WITH INHERIT TRUE, SET FALSE' ELSE '' END;
BEGIN
    FOR v_role, v_groups, v_purpose IN
        SELECT 'learning_auditor', ARRAY['slate_auditors', 'core_user'],
            'reads the audit trail of learning'
        UNION ALL
        SELECT p.product || k.suffix, ARRAY[k.rights, 'core_user'], k.purpose || p.product
        FROM unnest(ARRAY['flourish', 'learning', 'physed', 'spark', 'vividly']) AS p (product)
        CROSS JOIN (
            VALUES
            ('_people', 'authenticated_users', 'people in '),
            ('_service', 'slate_services', 'back end: reads and writes '),
            ('_reader', 'slate_readers', 'reports: reads ')
        ) AS k (suffix, rights, purpose)
    LOOP
        IF NOT EXISTS (SELECT 1 FROM pg_catalog.pg_roles WHERE rolname = v_role) THEN
            BEGIN
                EXECUTE format('CREATE ROLE %I NOLOGIN', v_role);
                EXECUTE format('COMMENT ON ROLE %I IS %L', v_role, 'Slate: ' || v_purpose);
            EXCEPTION
                WHEN duplicate_object OR unique_violation THEN NULL;  -- another was faster
                WHEN insufficient_privilege THEN
                    RAISE WARNING 'role "%" was not created: "%" may not create roles',
                        v_role, current_user
                        USING HINT = format(
                            'As a role with CREATEROLE, run: CREATE ROLE %I NOLOGIN;', v_role
                        );
            END;
        END IF;
        FOREACH v_group IN ARRAY v_groups LOOP
            CONTINUE WHEN NOT EXISTS (
                SELECT 1
                FROM pg_catalog.pg_roles AS r
                CROSS JOIN pg_catalog.pg_roles AS g
                WHERE r.rolname = v_role AND g.rolname = v_group
                    AND NOT pg_catalog.pg_has_role(r.oid, g.oid, 'USAGE')
            );
            BEGIN
                EXECUTE format('GRANT %I TO %I%s', v_group, v_role, v_how);
            EXCEPTION WHEN insufficient_privilege THEN
                RAISE WARNING 'role "%" was not made a member of "%"', v_role, v_group
                    USING HINT = format(
                        'As an administrator of %I, run: GRANT %I TO %I%s;',
                        v_group, v_group, v_role, v_how
                    );
            END;
        END LOOP;
    END LOOP;
END;
$$;
