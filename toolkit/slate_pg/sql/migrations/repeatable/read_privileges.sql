-- Privileges on some views, materialized views and routines, and on columns of them, by object; those an object is born
-- with too. Reads only.
WITH given AS (
    SELECT g.class, g.object FROM unnest(%(classes)s::oid [], %(objects)s::oid []) AS g (class, object)
),

lists (class, object, named, part, acl) AS (
    SELECT
        g.class, g.object, 'TABLE ' || c.oid::regclass::text, '',
        coalesce(c.relacl, pg_catalog.acldefault('r', c.relowner))
    FROM given AS g
    INNER JOIN pg_catalog.pg_class AS c ON c.oid = g.object AND g.class = 'pg_catalog.pg_class'::regclass
    WHERE c.relkind IN ('v', 'm')
    UNION ALL
    SELECT g.class, g.object, 'TABLE ' || g.object::regclass::text, format('(%%I)', a.attname), a.attacl
    FROM given AS g
    INNER JOIN pg_catalog.pg_attribute AS a ON a.attrelid = g.object AND g.class = 'pg_catalog.pg_class'::regclass
    WHERE a.attacl IS NOT NULL AND NOT a.attisdropped
    UNION ALL
    SELECT
        g.class, g.object, 'ROUTINE ' || p.oid::regprocedure::text, '',
        coalesce(p.proacl, pg_catalog.acldefault('f', p.proowner))
    FROM given AS g
    INNER JOIN pg_catalog.pg_proc AS p ON p.oid = g.object AND g.class = 'pg_catalog.pg_proc'::regclass
)

SELECT
    l.class::bigint, l.object::bigint, l.named, l.part, x.privilege_type, x.is_grantable,
    pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(x.grantor)),
    CASE x.grantee WHEN 0 THEN 'PUBLIC' ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(x.grantee)) END
FROM lists AS l
CROSS JOIN LATERAL pg_catalog.aclexplode(l.acl) AS x
ORDER BY 1, 2, 4, 5, 7, 8
