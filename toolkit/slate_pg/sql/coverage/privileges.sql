-- Of every relation, each verb and each role that has been granted anything in its schema: whether it may.
WITH relations AS (
    SELECT r.oid, n.nspname, r.relname, r.relacl, r.relowner, n.oid AS schema
    FROM pg_catalog.pg_class AS r
    JOIN pg_catalog.pg_namespace AS n ON n.oid = r.relnamespace
    WHERE r.relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT r.relispartition
        AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND r.relname !~ '^(_slate_|_yoyo_|yoyo_lock$)'
        AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS d WHERE d.objid = r.oid AND d.deptype = 'e')
),

grantees AS (
    SELECT DISTINCT r.schema, o.oid, o.rolname
    FROM relations AS r
    CROSS JOIN pg_catalog.aclexplode(r.relacl) AS a
    JOIN pg_catalog.pg_roles AS o ON o.oid = a.grantee
    WHERE a.grantee <> r.relowner AND NOT o.rolsuper
)

SELECT
    r.nspname,
    r.relname,
    v.verb,
    g.rolname,
    CASE v.verb WHEN 'DELETE' THEN pg_catalog.has_table_privilege(g.oid, r.oid, v.verb)
    ELSE pg_catalog.has_any_column_privilege(g.oid, r.oid, v.verb) END
FROM relations AS r
JOIN grantees AS g ON g.schema = r.schema AND g.oid <> r.relowner
CROSS JOIN (VALUES ('SELECT'), ('INSERT'), ('UPDATE'), ('DELETE')) AS v (verb)
ORDER BY 1, 2, 4, 3;
