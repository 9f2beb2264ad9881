-- Why: roles belong to the cluster, not to one database, so no migration creates or drops them.
--      Safe to run again, at once from two places, and by any role with CREATEROLE.

DO $$
DECLARE
    v_product text;
    v_role text;
    v_purpose text;
BEGIN
    FOR v_role, v_purpose IN
        SELECT *
        FROM (
            VALUES
            ('core_user', 'may call what all products share; every role below is a member'),
            ('authenticated_users', 'people, always under row security, in every product'),
            ('learning_auditor', 'reads the audit trail of learning and nothing else')
        ) AS r (role_name, purpose)
        UNION ALL
        SELECT p.product || s.suffix, s.purpose
        FROM unnest(ARRAY['flourish', 'learning', 'physed', 'spark', 'vividly']) AS p (product)
        CROSS JOIN (
            VALUES
            ('_service', 'back end: reads and writes its own schema only'),
            ('_reader', 'reports: reads its own schema without secret columns')
        ) AS s (suffix, purpose)
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
        IF v_role <> 'core_user' AND EXISTS (
            SELECT 1
            FROM pg_catalog.pg_roles AS r
            CROSS JOIN pg_catalog.pg_roles AS c
            WHERE r.rolname = v_role AND c.rolname = 'core_user'
                AND NOT pg_catalog.pg_has_role(r.oid, c.oid, 'MEMBER')
        ) THEN
            BEGIN
                EXECUTE format('GRANT core_user TO %I', v_role);
            EXCEPTION WHEN insufficient_privilege THEN
                RAISE WARNING 'role "%" was not made a member of "core_user"', v_role
                    USING HINT = format(
                        'As an administrator of core_user, run: GRANT core_user TO %I;', v_role
                    );
            END;
        END IF;
    END LOOP;
END;
$$;
