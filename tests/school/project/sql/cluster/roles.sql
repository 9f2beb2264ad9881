-- Why: the roles that the fixture's policies and grants name.
DO $$
DECLARE
    v_role text;
BEGIN
    FOREACH v_role IN ARRAY ARRAY['school_reader', 'school_writer', 'school_owner'] LOOP
        IF NOT EXISTS (SELECT 1 FROM pg_catalog.pg_roles WHERE rolname = v_role) THEN
            EXECUTE format('CREATE ROLE %I NOLOGIN', v_role);
        END IF;
    END LOOP;
    GRANT school_reader TO school_writer;
    EXECUTE format('ALTER DATABASE %I SET timezone = ''UTC''', current_database());
END;
$$;
