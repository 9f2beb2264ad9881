-- Every column of every relation that has columns of its own, in order.
SELECT
    a.attrelid::bigint AS relation,
    a.attname::text AS name,
    format_type(a.atttypid, a.atttypmod) AS type,
    NOT a.attnotnull AS "null",
    CASE WHEN a.attgenerated = '' THEN pg_get_expr(d.adbin, d.adrelid, true) END AS "default",
    CASE a.attidentity WHEN 'a' THEN 'always' WHEN 'd' THEN 'by default' END AS identity,
    CASE WHEN a.attgenerated <> '' THEN pg_get_expr(d.adbin, d.adrelid, true) END AS generated,
    CASE WHEN a.attcollation <> t.typcollation THEN o.collname::text END AS collation,
    COALESCE(s.description, '') AS comment
FROM pg_attribute AS a
INNER JOIN pg_class AS c ON c.oid = a.attrelid
INNER JOIN pg_namespace AS n ON n.oid = c.relnamespace
INNER JOIN pg_type AS t ON t.oid = a.atttypid
LEFT JOIN pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
LEFT JOIN pg_description AS s
    ON s.objoid = a.attrelid AND s.classoid = 'pg_class'::regclass AND s.objsubid = a.attnum
LEFT JOIN pg_collation AS o ON o.oid = a.attcollation
WHERE
    a.attnum > 0 AND NOT a.attisdropped AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'c')
    AND (n.nspname IN ('pg_catalog', 'information_schema')) = %(system)s
ORDER BY a.attrelid, a.attnum
