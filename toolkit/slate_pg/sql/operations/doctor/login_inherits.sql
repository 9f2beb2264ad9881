-- why: without saying who it is, whoever has the login may do what its groups may, and no policy knows for whom
WITH asked AS (
    SELECT n.oid, n.nspname, n.nspowner
    FROM pg_catalog.pg_namespace AS n
    WHERE n.oid = ANY(:schemas::regnamespace [])
),

granted AS (
    SELECT DISTINCT c.relnamespace, a.grantee
    FROM pg_catalog.pg_class AS c
    CROSS JOIN LATERAL pg_catalog.aclexplode(c.relacl) AS a
    WHERE c.relnamespace IN (SELECT oid FROM asked) AND a.grantee NOT IN (0, c.relowner)
    UNION
    SELECT n.oid, r.oid
    FROM asked AS n
    CROSS JOIN pg_catalog.pg_roles AS r
    WHERE r.rolname IN ('pg_read_all_data', 'pg_write_all_data')
)

SELECT
    r.rolname::text,
    format(
        'has the rights of %s in %s without SET ROLE',
        string_agg(DISTINCT pg_get_userbyid(g.grantee)::text, ', '), string_agg(DISTINCT n.nspname::text, ', ')
    ),
    CASE
        WHEN bool_or(g.grantee = r.oid) THEN format('DROP OWNED BY %I;  -- then: slate role add', r.rolname)
        WHEN current_setting('server_version_num')::integer < 160000 THEN format('ALTER ROLE %I NOINHERIT;', r.rolname)
        ELSE (
            SELECT string_agg(format('GRANT %I TO %I WITH INHERIT FALSE;', pg_get_userbyid(m.roleid), r.rolname), ' ')
            FROM pg_catalog.pg_auth_members AS m
            WHERE m.member = r.oid
        )
    END
FROM granted AS g
INNER JOIN asked AS n ON n.oid = g.relnamespace
INNER JOIN pg_catalog.pg_roles AS r ON pg_has_role(r.oid, g.grantee, 'USAGE')
WHERE r.rolcanlogin AND NOT r.rolsuper AND NOT pg_has_role(r.oid, n.nspowner, 'USAGE')
GROUP BY r.oid, r.rolname
