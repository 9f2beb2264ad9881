-- Schemas that no extension brings, with owners and privileges. Reads only.
SELECT
    n.nspname,
    CASE WHEN pg_get_userbyid(n.nspowner) = 'pg_database_owner' THEN 'pg_database_owner'
    ELSE pg_get_userbyid(n.nspowner) END,
    (
        SELECT coalesce(jsonb_agg(jsonb_build_array(
            g.privilege_type, CASE g.grantee WHEN 0 THEN NULL ELSE pg_get_userbyid(g.grantee) END, g.is_grantable
        )), '[]')
        FROM aclexplode(coalesce(n.nspacl, acldefault('n', n.nspowner))) AS g
    )
FROM pg_catalog.pg_namespace AS n
WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
    AND NOT EXISTS (
        SELECT FROM pg_catalog.pg_depend AS d
        WHERE d.classid = 'pg_catalog.pg_namespace'::regclass AND d.objid = n.oid AND d.deptype = 'e'
    )
ORDER BY n.oid
