-- What is granted on each table, view and column of some schemas, with the roles that have it thereby: the grantee and
-- its members with INHERIT, for PUBLIC all; superusers, the server's own and the owner left out. Reads only.
WITH granted AS (
    SELECT c.relnamespace, c.relname, NULL::text AS attname, c.relowner, a.grantee, a.privilege_type
    FROM pg_catalog.pg_class AS c
    CROSS JOIN LATERAL pg_catalog.aclexplode(c.relacl) AS a
    WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f')
    UNION ALL
    SELECT c.relnamespace, c.relname, t.attname, c.relowner, a.grantee, a.privilege_type
    FROM pg_catalog.pg_attribute AS t
    INNER JOIN pg_catalog.pg_class AS c ON c.oid = t.attrelid
    CROSS JOIN LATERAL pg_catalog.aclexplode(t.attacl) AS a
    WHERE t.attacl IS NOT NULL AND NOT t.attisdropped AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
)

SELECT
    n.nspname::text,
    g.relname::text,
    CASE WHEN g.grantee = 0 THEN 'PUBLIC' ELSE pg_catalog.pg_get_userbyid(g.grantee)::text END AS grantee,
    g.privilege_type,
    array_agg(g.attname ORDER BY g.attname) FILTER (WHERE g.attname IS NOT NULL),
    ARRAY(
        SELECT r.rolname::text
        FROM pg_catalog.pg_roles AS r
        WHERE NOT r.rolsuper AND NOT starts_with(r.rolname, 'pg_')
            AND (g.grantee = 0 OR pg_catalog.pg_has_role(r.oid, g.grantee, 'USAGE'))
        ORDER BY 1
    )
FROM granted AS g
INNER JOIN pg_catalog.pg_namespace AS n ON n.oid = g.relnamespace
WHERE n.nspname = ANY(%(schemas)s) AND g.grantee <> g.relowner
    AND g.privilege_type IN ('SELECT', 'INSERT', 'UPDATE', 'DELETE')
GROUP BY n.nspname, g.relname, g.grantee, g.privilege_type, g.attname IS NULL
ORDER BY n.nspname, g.relname, grantee, g.privilege_type
