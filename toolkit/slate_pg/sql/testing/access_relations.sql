-- Tables, partitions, views and materialized views of a schema, with what a matrix of access asks of each: columns that
-- may be written, the primary key, and foreign keys as (columns, table, columns). Reads only.
SELECT
    c.relname AS name,
    c.relkind::text AS kind,
    CASE WHEN c.relispartition THEN (
        SELECT r.relname FROM pg_catalog.pg_class AS r WHERE r.oid = pg_catalog.pg_partition_root(c.oid)
    ) END AS root,
    ARRAY(
        SELECT a.attname::text FROM pg_catalog.pg_attribute AS a
        WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
        ORDER BY a.attnum
    ) AS columns,
    ARRAY(
        SELECT a.attname::text FROM pg_catalog.pg_attribute AS a
        WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
            AND (a.attgenerated <> '' OR a.attidentity = 'a')
    ) AS derived,
    coalesce((
        SELECT ARRAY(
            SELECT a.attname::text FROM pg_catalog.pg_attribute AS a
            WHERE a.attrelid = c.oid AND a.attnum = ANY(i.indkey)
        )
        FROM pg_catalog.pg_index AS i WHERE i.indrelid = c.oid AND i.indisprimary
    ), '{}') AS key,
    ARRAY(
        SELECT DISTINCT a.attname::text
        FROM pg_catalog.pg_index AS i
        INNER JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid AND a.attnum = ANY(i.indkey)
        WHERE i.indrelid = c.oid AND i.indisunique
    ) AS uniques,
    coalesce((
        SELECT jsonb_agg(jsonb_build_array(
            (SELECT jsonb_agg(a.attname ORDER BY k.place)
             FROM unnest(f.conkey) WITH ORDINALITY AS k (number, place)
             INNER JOIN pg_catalog.pg_attribute AS a ON a.attrelid = f.conrelid AND a.attnum = k.number),
            t.relname,
            (SELECT jsonb_agg(a.attname ORDER BY k.place)
             FROM unnest(f.confkey) WITH ORDINALITY AS k (number, place)
             INNER JOIN pg_catalog.pg_attribute AS a ON a.attrelid = f.confrelid AND a.attnum = k.number)
        ) ORDER BY f.conname)
        FROM pg_catalog.pg_constraint AS f
        INNER JOIN pg_catalog.pg_class AS t ON t.oid = f.confrelid AND NOT t.relispartition
        WHERE f.conrelid = c.oid AND f.contype = 'f' AND t.relnamespace = c.relnamespace
    ), '[]') AS foreign_keys
FROM pg_catalog.pg_class AS c
INNER JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE n.nspname = %(schema)s AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
    AND c.relname !~ '^(_slate_|_yoyo_|yoyo_lock$)'
ORDER BY c.relname COLLATE "C"
