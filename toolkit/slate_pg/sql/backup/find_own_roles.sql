-- The roles that belong to one schema: their names begin with its name, and they hold USAGE on it. Reads only.
SELECT r.rolname
FROM pg_catalog.pg_namespace AS n
CROSS JOIN LATERAL pg_catalog.aclexplode(n.nspacl) AS a
INNER JOIN pg_catalog.pg_roles AS r ON a.grantee = r.oid
WHERE n.nspname = %(schema)s
    AND a.privilege_type = 'USAGE'
    AND pg_catalog.starts_with(r.rolname, n.nspname || '_')
ORDER BY r.rolname
