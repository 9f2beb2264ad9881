-- A table or partitioned table by its name in a schema: oid, kind, owner, row security, grants as SQL takes them. Reads only.
SELECT
    c.oid,
    n.nspname,
    c.relname,
    c.relkind,
    c.relispartition,
    c.relrowsecurity,
    pg_catalog.pg_get_userbyid(c.relowner),
    coalesce((
        SELECT array_agg(DISTINCT ARRAY[p.privilege_type, coalesce(pg_catalog.quote_ident(r.rolname), 'PUBLIC')])
        FROM pg_catalog.aclexplode(c.relacl) AS p
        LEFT JOIN pg_catalog.pg_roles AS r ON r.oid = p.grantee
        WHERE p.grantee <> c.relowner AND p.privilege_type IN ('SELECT', 'INSERT', 'UPDATE', 'DELETE')
            AND (p.grantee = 0 OR r.oid IS NOT NULL)
    ), '{}')
FROM pg_catalog.pg_class AS c
INNER JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE n.nspname = %(schema)s AND c.relname = %(name)s AND c.relkind IN ('r', 'p')
