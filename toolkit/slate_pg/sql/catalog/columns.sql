-- Columns of tables and views, attributes of composite types. Gaps left by dropped columns do not count. Reads only.
SELECT
    'column' AS kind,
    n.nspname AS schema,
    a.attname AS name,
    c.relkind AS on_kind,
    c.relname AS on_name,
    c.oid::bigint AS unit, -- unit
    c.oid::regclass AS table,
    format_type(a.atttypid, a.atttypmod) AS type,
    row_number() OVER (PARTITION BY a.attrelid ORDER BY a.attnum) AS position,
    a.attnotnull AS not_null,
    pg_get_expr(d.adbin, d.adrelid) AS default,
    nullif(a.attidentity, '') AS identity,
    nullif(a.attgenerated, '') AS generated,
    CASE WHEN a.attcollation <> t.typcollation THEN nullif(a.attcollation, 0)::regcollation END AS collation,
    a.attstorage AS storage,
    nullif(a.attcompression, '') AS compression,
    nullif(a.attstattarget, -1) AS statistics,
    CASE WHEN a.attoptions IS NOT NULL THEN ARRAY(SELECT o FROM unnest(a.attoptions) AS o ORDER BY o) END AS options,
    a.attfdwoptions AS foreign_options,
    -- Whether a partition's column is also its own says only how the partition was made.
    a.attislocal OR c.relispartition AS local,
    a.attinhcount > 0 AS inherited
FROM pg_catalog.pg_class AS c
INNER JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
INNER JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid
INNER JOIN pg_catalog.pg_type AS t ON t.oid = a.atttypid
LEFT JOIN pg_catalog.pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
WHERE c.relnamespace = ANY(%(schemas)s) AND c.oid <> ALL(%(left_out)s)
    AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'c') AND a.attnum > 0 AND NOT a.attisdropped
    AND c.oid = ANY(%(relations)s::oid []) -- only
