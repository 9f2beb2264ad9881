-- The statements that give what one role holds on a schema and what is in it to another role, and take it from the
-- first. To be asked with an empty search_path. Reads only.
WITH roles AS (
    SELECT o.oid, quote_ident(o.rolname) AS old, quote_ident(%(new)s) AS new
    FROM pg_catalog.pg_roles AS o
    WHERE o.rolname = %(old)s
),

place AS (
    SELECT n.oid, n.nspname, n.nspacl FROM pg_catalog.pg_namespace AS n WHERE n.nspname = %(schema)s
),

objects AS (
    SELECT '' AS columns, 'SCHEMA ' || p.oid::regnamespace::text AS target, p.nspacl AS acl FROM place AS p
    UNION ALL
    SELECT '', CASE c.relkind WHEN 'S' THEN 'SEQUENCE ' ELSE 'TABLE ' END || c.oid::regclass::text, c.relacl
    FROM pg_catalog.pg_class AS c
    INNER JOIN place AS p ON p.oid = c.relnamespace
    WHERE c.relacl IS NOT NULL
    UNION ALL
    SELECT format(' (%%I)', a.attname), 'TABLE ' || c.oid::regclass::text, a.attacl
    FROM pg_catalog.pg_class AS c
    INNER JOIN place AS p ON p.oid = c.relnamespace
    INNER JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid AND a.attacl IS NOT NULL
    UNION ALL
    SELECT '', 'ROUTINE ' || f.oid::regprocedure::text, f.proacl
    FROM pg_catalog.pg_proc AS f
    INNER JOIN place AS p ON p.oid = f.pronamespace
    WHERE f.proacl IS NOT NULL
    UNION ALL
    SELECT '', 'TYPE ' || t.oid::regtype::text, t.typacl
    FROM pg_catalog.pg_type AS t
    INNER JOIN place AS p ON p.oid = t.typnamespace
    WHERE t.typacl IS NOT NULL
),

rights AS (
    SELECT
        o.target,
        string_agg(a.privilege_type || o.columns, ', ') AS privileges,
        a.is_grantable,
        max(r.old) AS old,
        max(r.new) AS new
    FROM objects AS o
    CROSS JOIN LATERAL aclexplode(o.acl) AS a
    INNER JOIN roles AS r ON r.oid = a.grantee
    GROUP BY o.target, a.is_grantable
)

SELECT
    format('GRANT %%s ON %%s TO %%s%%s', privileges, target, new, CASE WHEN is_grantable THEN ' WITH GRANT OPTION' ELSE '' END)
    || format('; REVOKE %%s ON %%s FROM %%s', privileges, target, old)
FROM rights
UNION ALL
SELECT format(
    'ALTER DEFAULT PRIVILEGES FOR ROLE %%I IN SCHEMA %%s GRANT %%s ON %%s TO %%s; '
    || 'ALTER DEFAULT PRIVILEGES FOR ROLE %%1$I IN SCHEMA %%2$s REVOKE %%3$s ON %%4$s FROM %%6$s',
    pg_catalog.pg_get_userbyid(d.defaclrole), p.oid::regnamespace, a.privilege_type,
    CASE d.defaclobjtype
        WHEN 'r' THEN 'TABLES' WHEN 'S' THEN 'SEQUENCES' WHEN 'f' THEN 'ROUTINES' WHEN 'T' THEN 'TYPES' ELSE 'SCHEMAS'
    END,
    r.new, r.old
)
FROM pg_catalog.pg_default_acl AS d
INNER JOIN place AS p ON p.oid = d.defaclnamespace
CROSS JOIN LATERAL aclexplode(d.defaclacl) AS a
INNER JOIN roles AS r ON r.oid = a.grantee
UNION ALL
SELECT format(
    'ALTER POLICY %%I ON %%s TO %%s', y.polname, y.polrelid::regclass,
    (
        SELECT string_agg(
            CASE
                WHEN u.role = 0 THEN 'PUBLIC'
                WHEN u.role = r.oid THEN r.new
                ELSE quote_ident(pg_catalog.pg_get_userbyid(u.role))
            END, ', '
        )
        FROM unnest(y.polroles) AS u (role)
    )
)
FROM roles AS r
INNER JOIN pg_catalog.pg_policy AS y ON r.oid = ANY(y.polroles)
INNER JOIN pg_catalog.pg_class AS c ON c.oid = y.polrelid
INNER JOIN place AS p ON p.oid = c.relnamespace
