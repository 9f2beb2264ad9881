-- The policies of some schemas' tables, each with the roles that it concerns: those it names, their members with
-- INHERIT, and for PUBLIC all; superusers and the server's own left out. Reads only.
SELECT
    n.nspname::text,
    c.relname::text,
    p.polname::text,
    CASE p.polcmd WHEN 'r' THEN 'SELECT' WHEN 'a' THEN 'INSERT' WHEN 'w' THEN 'UPDATE' WHEN 'd' THEN 'DELETE' ELSE 'ALL' END,
    p.polpermissive,
    ARRAY(
        SELECT CASE WHEN r.role = 0 THEN 'PUBLIC' ELSE pg_catalog.pg_get_userbyid(r.role)::text END
        FROM unnest(p.polroles) AS r (role)
        ORDER BY 1
    ),
    coalesce(pg_catalog.pg_get_expr(p.polqual, p.polrelid, TRUE), ''),
    coalesce(pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid, TRUE), ''),
    coalesce(pg_catalog.obj_description(p.oid, 'pg_policy'), ''),
    ARRAY(
        SELECT r.rolname::text
        FROM pg_catalog.pg_roles AS r
        WHERE NOT r.rolsuper AND NOT starts_with(r.rolname, 'pg_')
            AND EXISTS (
                SELECT FROM unnest(p.polroles) AS o (role)
                WHERE o.role = 0 OR pg_catalog.pg_has_role(r.oid, o.role, 'USAGE')
            )
        ORDER BY 1
    )
FROM pg_catalog.pg_policy AS p
INNER JOIN pg_catalog.pg_class AS c ON c.oid = p.polrelid
INNER JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE n.nspname = ANY(%(schemas)s)
ORDER BY n.nspname, c.relname, p.polname
