-- Every type that a column, a parameter or a result may have; row types of tables are left out.
SELECT
    t.oid::bigint AS oid,
    n.nspname::text AS schema,
    t.typname::text AS name,
    CASE WHEN t.typelem <> 0 AND t.typcategory = 'A' THEN 'array' ELSE t.typtype::text END AS kind,
    pg_catalog.format_type(t.oid, -1) AS sql,
    CASE
        WHEN t.typtype = 'd' THEN t.typbasetype
        WHEN t.typcategory = 'A' THEN t.typelem
        WHEN t.typtype IN ('r', 'm') THEN (
            SELECT r.rngsubtype FROM pg_catalog.pg_range AS r WHERE t.oid IN (r.rngtypid, r.rngmultitypid)
        )
        ELSE 0
    END::bigint AS inner_oid,
    ARRAY(
        SELECT e.enumlabel::text FROM pg_catalog.pg_enum AS e WHERE e.enumtypid = t.oid ORDER BY e.enumsortorder
    ) AS labels,
    ARRAY(
        SELECT a.attname::text
        FROM pg_catalog.pg_attribute AS a
        WHERE a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped
        ORDER BY a.attnum
    ) AS fields,
    ARRAY(
        SELECT a.atttypid::bigint
        FROM pg_catalog.pg_attribute AS a
        WHERE a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped
        ORDER BY a.attnum
    ) AS field_oids,
    coalesce(pg_catalog.obj_description(t.oid, 'pg_type'), '') AS says
FROM pg_catalog.pg_type AS t
INNER JOIN pg_catalog.pg_namespace AS n ON n.oid = t.typnamespace
LEFT JOIN pg_catalog.pg_class AS c ON c.oid = t.typrelid
WHERE t.typtype <> 'c' OR c.relkind = 'c'
ORDER BY n.nspname COLLATE "C", t.typname COLLATE "C";
