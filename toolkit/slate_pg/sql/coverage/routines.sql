-- Of every function by its name and each role that has been granted anything in its schema: whether it may call one.
WITH routines AS (
    SELECT n.nspname, n.oid AS schema, p.proname, p.oid, p.proacl, p.proowner, p.proargtypes
    FROM pg_catalog.pg_proc AS p
    JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace
    WHERE p.prorettype NOT IN ('pg_catalog.trigger'::regtype, 'pg_catalog.event_trigger'::regtype)
        AND n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'slate_coverage')
        AND NOT EXISTS (
            SELECT FROM pg_catalog.pg_depend AS d
            WHERE d.classid = 'pg_catalog.pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e'
        )
),

rights AS (
    SELECT r.relnamespace AS schema, r.relacl AS acl, r.relowner AS owner
    FROM pg_catalog.pg_class AS r
    WHERE r.relkind IN ('r', 'p', 'v', 'm', 'f')
    UNION ALL
    SELECT routines.schema, routines.proacl, routines.proowner
    FROM routines
),

grantees AS (
    SELECT DISTINCT rights.schema, o.oid, o.rolname
    FROM rights
    CROSS JOIN pg_catalog.aclexplode(rights.acl) AS a
    JOIN pg_catalog.pg_roles AS o ON o.oid = a.grantee
    WHERE a.grantee <> rights.owner AND NOT o.rolsuper
)

SELECT
    r.nspname,
    r.proname,
    CASE count(*) WHEN 1 THEN min(format('%I(%s)', r.proname, pg_catalog.oidvectortypes(r.proargtypes)))
    ELSE format('%I(…)', r.proname) END,
    g.rolname,
    bool_or(pg_catalog.has_function_privilege(g.oid, r.oid, 'EXECUTE'))
FROM routines AS r
JOIN grantees AS g ON g.schema = r.schema AND g.oid <> r.proowner
GROUP BY r.nspname, r.proname, g.rolname
ORDER BY 1, 2, 4;
