-- Extensions by their names: the schema of each, and whether its functions are closed to everybody, as they are where
-- that was the default when it was made. Reads only.
SELECT
    e.extname::text,
    n.nspname::text,
    EXISTS (
        SELECT FROM pg_catalog.pg_depend AS d
        INNER JOIN pg_catalog.pg_proc AS p ON p.oid = d.objid
        WHERE d.refclassid = 'pg_catalog.pg_extension'::regclass AND d.refobjid = e.oid AND d.deptype = 'e'
            AND d.classid = 'pg_catalog.pg_proc'::regclass AND p.proacl IS NOT NULL
            AND NOT EXISTS (
                SELECT FROM pg_catalog.aclexplode(p.proacl) AS a
                WHERE a.grantee = 0 AND a.privilege_type = 'EXECUTE'
            )
    ) AS closed
FROM pg_catalog.pg_extension AS e
INNER JOIN pg_catalog.pg_namespace AS n ON n.oid = e.extnamespace
WHERE e.extname = ANY(%(names)s)
ORDER BY e.oid
