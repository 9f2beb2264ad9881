-- Every row security policy. Role 0 stands for PUBLIC.
SELECT
    p.polrelid::bigint AS relation,
    p.polname::text AS name,
    CASE p.polcmd
        WHEN 'r' THEN 'select' WHEN 'a' THEN 'insert' WHEN 'w' THEN 'update'
        WHEN 'd' THEN 'delete' ELSE 'all'
    END AS cmd,
    p.polpermissive AS permissive,
    ARRAY(
        SELECT CASE WHEN u.role = 0 THEN 'public' ELSE pg_get_userbyid(u.role)::text END
        FROM unnest(p.polroles) AS u (role)
        ORDER BY 1
    ) AS roles,
    pg_get_expr(p.polqual, p.polrelid, true) AS using,
    pg_get_expr(p.polwithcheck, p.polrelid, true) AS check
FROM pg_policy AS p
INNER JOIN pg_class AS c ON c.oid = p.polrelid
INNER JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE (n.nspname IN ('pg_catalog', 'information_schema')) = %(system)s
ORDER BY p.polrelid, p.polname
