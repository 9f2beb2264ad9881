-- Why: day boundaries and stored times mean one thing only when every session counts in UTC; a
--      function that anybody may call is an open door, and so is a database that anybody may enter.
--      Safe to run again.

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

-- Strangers neither connect nor make temporary tables, which stand before every other on the path.
-- Who has to do with this database already goes on connecting: owns something here, is granted
-- something here, or is a member of such a role; `slate role add` lets its logins in by itself.
DO $$
DECLARE
    v_database oid := (
        SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database()
    );
    v_role name;
    v_makes boolean;
BEGIN
    IF NOT pg_catalog.pg_has_role(
        (SELECT datdba FROM pg_catalog.pg_database WHERE oid = v_database), 'USAGE'
    ) THEN
        RAISE WARNING 'everybody may connect to database "%" still: "%" does not own it',
            current_database(), current_user
            USING HINT = format(
                'As its owner, run: REVOKE CONNECT, TEMPORARY ON DATABASE %I FROM public;',
                current_database()
            );
        RETURN;
    END IF;
    FOR v_role, v_makes IN
        WITH concerned AS (
            SELECT
                d.refobjid AS role_oid,
                bool_or(d.deptype = 'o' OR (d.classid = 'pg_catalog.pg_database'::regclass
                    AND has_database_privilege(d.refobjid, v_database, 'CREATE'))) AS makes
            FROM pg_catalog.pg_shdepend AS d
            WHERE d.refclassid = 'pg_catalog.pg_authid'::regclass AND d.deptype IN ('o', 'a') AND (
                d.dbid = v_database
                OR (d.classid = 'pg_catalog.pg_database'::regclass AND d.objid = v_database)
            )
            GROUP BY d.refobjid
        )

        SELECT
            r.rolname,
            coalesce(bool_or(c.makes) FILTER (WHERE c.role_oid = r.oid), FALSE)
        FROM pg_catalog.pg_roles AS r
        INNER JOIN concerned AS c ON pg_catalog.pg_has_role(r.oid, c.role_oid, 'MEMBER')
        WHERE NOT r.rolsuper AND r.rolname !~ '^pg_'
        GROUP BY r.rolname
        HAVING bool_or(r.rolcanlogin) OR bool_or(c.makes) FILTER (WHERE c.role_oid = r.oid)
    LOOP
        EXECUTE format(
            'GRANT CONNECT%s ON DATABASE %I TO %I',
            CASE WHEN v_makes THEN ', TEMPORARY' ELSE '' END, current_database(), v_role
        );
    END LOOP;
    EXECUTE format('REVOKE CONNECT, TEMPORARY ON DATABASE %I FROM public', current_database());
END;
$$;

-- For the role that runs this, which is the one that migrates: no function is callable by
-- everybody.
ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM public;
