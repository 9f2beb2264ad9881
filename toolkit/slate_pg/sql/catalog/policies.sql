-- Row security policies. Reads only.
SELECT
    'policy' AS kind,
    n.nspname AS schema,
    p.polname AS name,
    c.relkind AS on_kind,
    c.relname AS on_name,
    c.oid::bigint AS unit, -- unit
    p.polrelid::regclass AS table,
    p.polcmd AS command,
    p.polpermissive AS permissive,
    ARRAY(
        SELECT CASE WHEN r.role = 0 THEN 'PUBLIC' ELSE pg_get_userbyid(r.role)::text END
        FROM unnest(p.polroles) AS r (role)
        ORDER BY 1
    ) AS roles,
    pg_get_expr(p.polqual, p.polrelid) AS using,
    pg_get_expr(p.polwithcheck, p.polrelid) AS with_check
FROM pg_catalog.pg_policy AS p
INNER JOIN pg_catalog.pg_class AS c ON c.oid = p.polrelid
INNER JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.relnamespace = ANY(%(schemas)s) AND c.oid <> ALL(%(left_out)s)
    AND c.oid = ANY(%(relations)s::oid []) -- only
