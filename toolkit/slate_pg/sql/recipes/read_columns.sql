-- Columns of a table in order: name, type as SQL has it, NOT NULL, default, identity, generated, collation, whether its
-- default asks a sequence it owns, the type's oid. Reads only.
SELECT
    a.attname,
    pg_catalog.format_type(a.atttypid, a.atttypmod),
    a.attnotnull,
    coalesce(pg_catalog.pg_get_expr(d.adbin, d.adrelid), ''),
    a.attidentity,
    a.attgenerated,
    CASE WHEN a.attcollation <> t.typcollation THEN a.attcollation::regcollation::text ELSE '' END,
    coalesce((
        SELECT s.oid::regclass::text
        FROM pg_catalog.pg_depend AS o
        INNER JOIN pg_catalog.pg_class AS s ON s.oid = o.objid AND s.relkind = 'S'
        WHERE o.classid = 'pg_catalog.pg_class'::regclass AND o.refclassid = 'pg_catalog.pg_class'::regclass
            AND o.refobjid = a.attrelid AND o.refobjsubid = a.attnum AND o.deptype IN ('a', 'i')
        LIMIT 1
    ), ''),
    a.atttypid::bigint
FROM pg_catalog.pg_attribute AS a
INNER JOIN pg_catalog.pg_type AS t ON t.oid = a.atttypid
LEFT JOIN pg_catalog.pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
WHERE a.attrelid = %(table)s AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY a.attnum
