-- Every table of a database with its columns: oid, schema, name, and number, name, type and modifier of each column.
-- Reads only.
SELECT
    c.oid::bigint, n.nspname, c.relname,
    (
        SELECT coalesce(json_agg(json_build_array(a.attnum, a.attname, a.atttypid::bigint, a.atttypmod)), '[]')
        FROM pg_catalog.pg_attribute AS a
        WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    )
FROM pg_catalog.pg_class AS c
INNER JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p') AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_t'
