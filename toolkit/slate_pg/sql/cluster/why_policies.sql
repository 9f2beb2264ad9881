-- The policies of a table for SELECT: whether each concerns a role, by which of the roles it names. Reads only.
SELECT
    p.polname::text,
    p.polpermissive,
    ARRAY(
        SELECT CASE WHEN o.role = 0 THEN 'PUBLIC' ELSE pg_catalog.pg_get_userbyid(o.role)::text END
        FROM unnest(p.polroles) AS o (role)
        ORDER BY 1
    ),
    EXISTS (
        SELECT FROM unnest(p.polroles) AS o (role)
        INNER JOIN pg_catalog.pg_roles AS r ON r.rolname = %(role)s
        WHERE o.role = 0 OR pg_catalog.pg_has_role(r.oid, o.role, 'USAGE')
    ),
    coalesce(pg_catalog.pg_get_expr(p.polqual, p.polrelid), 'true')
FROM pg_catalog.pg_policy AS p
WHERE p.polrelid = %(table)s::bigint AND p.polcmd IN ('*', 'r')
ORDER BY p.polpermissive DESC, p.polname
