-- Which functions whoever uses a relation calls by that: of policies, views, defaults and CHECKs. No roles: everybody.
WITH uses AS (
    SELECT
        p.polrelid AS relation,
        CASE p.polcmd WHEN 'r' THEN 'SELECT' WHEN 'a' THEN 'INSERT' WHEN 'w' THEN 'UPDATE' WHEN 'd' THEN 'DELETE'
        ELSE 'SELECT INSERT UPDATE DELETE' END AS verbs,
        ARRAY(SELECT o.rolname::text FROM pg_catalog.pg_roles AS o WHERE o.oid = ANY (p.polroles)) AS roles,
        'pg_catalog.pg_policy'::regclass AS class,
        p.oid
    FROM pg_catalog.pg_policy AS p
    UNION ALL
    SELECT r.ev_class, 'SELECT', '{}', 'pg_catalog.pg_rewrite'::regclass, r.oid
    FROM pg_catalog.pg_rewrite AS r
    UNION ALL
    SELECT a.adrelid, 'INSERT', '{}', 'pg_catalog.pg_attrdef'::regclass, a.oid
    FROM pg_catalog.pg_attrdef AS a
    UNION ALL
    SELECT o.conrelid, 'INSERT UPDATE', '{}', 'pg_catalog.pg_constraint'::regclass, o.oid
    FROM pg_catalog.pg_constraint AS o
    WHERE o.contype = 'c'
)

SELECT DISTINCT n.nspname, c.relname, u.verbs, u.roles, fn.nspname, f.proname
FROM uses AS u
JOIN pg_catalog.pg_class AS c ON c.oid = u.relation
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_depend AS d
    ON d.classid = u.class AND d.objid = u.oid AND d.refclassid = 'pg_catalog.pg_proc'::regclass
JOIN pg_catalog.pg_proc AS f ON f.oid = d.refobjid
JOIN pg_catalog.pg_namespace AS fn ON fn.oid = f.pronamespace
WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND fn.nspname !~ '^pg_';
