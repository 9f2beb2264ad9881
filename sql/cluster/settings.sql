-- Why: day boundaries and stored times mean one thing only when every session counts in UTC, and a
--      function that anybody may call is an open door. Safe to run again.

DO $$
BEGIN
    EXECUTE format('ALTER DATABASE %I SET timezone = ''UTC''', current_database());
EXCEPTION WHEN insufficient_privilege THEN
    RAISE WARNING 'database "%" keeps its time zone: "%" does not own it',
        current_database(), current_user
        USING HINT = format(
            'As its owner, run: ALTER DATABASE %I SET timezone = ''UTC'';', current_database()
        );
END;
$$;

-- For the role that runs this, which is the one that migrates: no function is callable by
-- everybody.
ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM public;
