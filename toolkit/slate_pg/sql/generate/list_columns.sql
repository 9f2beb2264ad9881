-- Columns of some relations, and whether no row can lack a value. Foreign tables promise nothing, and neither does a
-- NOT NULL that is not validated, or that children do not inherit (both since 18).
SELECT
    a.attrelid::bigint AS relation,
    a.attnum::integer AS number,
    a.attname::text AS name,
    a.atttypid::bigint AS type,
    pg_catalog.format_type(a.atttypid, a.atttypmod) AS sql_type,
    a.attndims > 1 AS nested,
    a.attnotnull
    AND c.relkind IN ('r', 'p')
    AND NOT EXISTS (
        SELECT FROM pg_catalog.pg_constraint AS k
        WHERE k.conrelid = a.attrelid AND k.contype = 'n' AND a.attnum = ANY (k.conkey)
            AND (NOT k.convalidated OR (k.connoinherit AND c.relhassubclass))
    ) AS not_null,
    a.attnotnull AS declared_not_null,
    coalesce(pg_catalog.pg_get_expr(d.adbin, d.adrelid), '') AS default,
    a.attidentity::text AS identity,
    a.attgenerated::text AS generated,
    coalesce(pg_catalog.col_description(a.attrelid, a.attnum), '') AS says
FROM pg_catalog.pg_attribute AS a
INNER JOIN pg_catalog.pg_class AS c ON c.oid = a.attrelid
LEFT JOIN pg_catalog.pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
WHERE a.attrelid = ANY (%s::bigint[]) AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY a.attrelid, a.attnum;
