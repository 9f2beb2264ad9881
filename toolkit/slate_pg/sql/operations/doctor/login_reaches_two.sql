-- why: whoever breaks into one service holds the data of another as well
WITH reached AS (
    SELECT DISTINCT r.rolname, n.oid AS schema_oid, n.nspname
    FROM pg_catalog.pg_roles AS r
    INNER JOIN pg_catalog.pg_roles AS become ON r.oid = become.oid OR pg_has_role(
        r.oid, become.oid,
        CASE WHEN current_setting('server_version_num')::integer < 160000 THEN 'MEMBER' ELSE 'SET' END
    ) OR pg_has_role(r.oid, become.oid, 'USAGE')
    CROSS JOIN pg_catalog.pg_namespace AS n
    WHERE r.rolcanlogin AND NOT r.rolsuper AND NOT pg_has_role(r.oid, n.nspowner, 'MEMBER')
        AND has_schema_privilege(become.oid, n.oid, 'USAGE')
        AND EXISTS (
            SELECT FROM pg_catalog.pg_class AS ledger
            WHERE ledger.relnamespace = n.oid AND ledger.relname = '_slate_ledger'
        )
        AND EXISTS (
            SELECT FROM pg_catalog.pg_class AS c
            CROSS JOIN LATERAL pg_catalog.aclexplode(c.relacl) AS a
            WHERE c.relnamespace = n.oid AND a.grantee <> c.relowner
                AND (a.grantee = 0 OR pg_has_role(become.oid, a.grantee, 'USAGE'))
        )
)

SELECT
    rolname::text,
    'reaches ' || string_agg(nspname::text, ' and ' ORDER BY nspname),
    format('-- one login for each: slate role drop %s, then slate role add', rolname)
FROM reached
GROUP BY rolname
HAVING count(*) > 1 AND bool_or(schema_oid = ANY(:schemas::regnamespace []))
