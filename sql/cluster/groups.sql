-- Why: roles belong to the cluster, not to one database, so no migration drops them. Rights are the
--      groups': policies and grants name these, which reach no schema. Reach is that of an
--      installation's own roles, <schema>_people, _service, _reader and _auditor, their members,
--      which core.open_schema makes. Safe to run again, at once from two places, and by any role
--      with CREATEROLE.

DO $$
DECLARE
    v_role text;
    v_purpose text;
BEGIN
    FOR v_role, v_purpose IN
        SELECT *
        FROM (
            VALUES
            ('core_user', 'may call what all products share'),
            ('authenticated_users', 'the rights of people, always under row security'),
            ('slate_services', 'the rights of back ends'),
            ('slate_readers', 'the rights of reports: no secret columns'),
            ('slate_auditors', 'the rights of those who read a trail and nothing else')
        ) AS g (role_name, purpose)
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
    END LOOP;
END;
$$;
