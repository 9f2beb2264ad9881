-- What each role may do with each table and view of some schemas, by grants (memberships and PUBLIC included) and by
-- row security: 0 nothing, 1 by column only, 2 the whole table; policies as true, conditional, none. Reads only.
WITH roles AS (
    SELECT r.oid, r.rolname, r.rolbypassrls
    FROM pg_catalog.pg_roles AS r
    WHERE NOT r.rolsuper AND r.rolname !~ '^pg_'
),

tables AS (
    SELECT
        c.oid,
        n.oid AS schema_oid,
        n.nspname,
        c.relname,
        c.relkind,
        c.relowner,
        c.relrowsecurity,
        c.relforcerowsecurity,
        coalesce(c.reloptions && ARRAY['security_invoker=true', 'security_invoker=on', 'security_invoker=1'], FALSE)
            AS invoker
    FROM pg_catalog.pg_class AS c
    INNER JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    WHERE n.nspname = ANY(%(schemas)s) AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
        -- A partition is its parent's affair, but one that is granted by itself is a way past the parent's policies.
        AND (
            NOT c.relispartition
            OR EXISTS (SELECT FROM aclexplode(c.relacl) AS a WHERE a.grantee <> c.relowner)
            OR EXISTS (SELECT FROM pg_catalog.pg_attribute AS b WHERE b.attrelid = c.oid AND b.attacl IS NOT NULL)
        )
        AND c.relname !~ '^(_slate_|_yoyo_|yoyo_lock$)'
)

SELECT
    t.nspname,
    t.relname,
    r.rolname,
    p.command,
    CASE
        WHEN NOT has_schema_privilege(r.oid, t.schema_oid, 'USAGE') THEN 0
        WHEN has_table_privilege(r.oid, t.oid, p.command) THEN 2
        WHEN p.command <> 'DELETE' AND has_any_column_privilege(r.oid, t.oid, p.command) THEN 1
        ELSE 0
    END AS granted,
    CASE
        WHEN t.relkind = 'v' AND t.invoker THEN 'as the tables'
        WHEN t.relkind = 'v' THEN 'by the view'
        WHEN t.relkind NOT IN ('r', 'p') OR NOT t.relrowsecurity OR r.rolbypassrls THEN 'all'
        WHEN pg_has_role(r.oid, t.relowner, 'USAGE') AND NOT t.relforcerowsecurity THEN 'all'
        WHEN NOT coalesce(rows.permitted, FALSE) THEN 'none'
        WHEN rows.everything THEN 'all'
        ELSE 'own rows'
    END AS seen
FROM tables AS t
CROSS JOIN roles AS r
CROSS JOIN (VALUES (1, 'SELECT', 'r'), (2, 'INSERT', 'a'), (3, 'UPDATE', 'w'), (4, 'DELETE', 'd'))
    AS p (place, command, letter)
LEFT JOIN LATERAL (
    SELECT
        bool_or(o.polpermissive) AS permitted,
        bool_or(o.polpermissive AND o.is_open) AND NOT bool_or(NOT o.polpermissive AND NOT o.is_open) AS everything
    FROM (
        SELECT
            y.polpermissive,
            CASE WHEN p.command = 'INSERT' THEN coalesce(y.polwithcheck, y.polqual) ELSE y.polqual END IS NULL
            OR pg_get_expr(
                CASE WHEN p.command = 'INSERT' THEN coalesce(y.polwithcheck, y.polqual) ELSE y.polqual END, y.polrelid
            ) = 'true' AS is_open
        FROM pg_catalog.pg_policy AS y
        WHERE y.polrelid = t.oid AND y.polcmd IN ('*', p.letter)
            AND EXISTS (
                SELECT FROM unnest(y.polroles) AS of_role (oid)
                WHERE of_role.oid = 0 OR pg_has_role(r.oid, of_role.oid, 'USAGE')
            )
    ) AS o
) AS rows ON TRUE
ORDER BY t.nspname, t.relname, r.rolname, p.place
