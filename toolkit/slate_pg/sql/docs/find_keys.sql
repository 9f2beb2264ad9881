-- Primary and foreign keys of some schemas, with their columns in the key's own order. A partition's copies, and those
-- that a foreign key to a partitioned table has for each partition, are left out. Reads only.
SELECT
    n.nspname,
    c.relname,
    k.conname,
    k.contype,
    ARRAY(
        SELECT a.attname::text
        FROM unnest(k.conkey) WITH ORDINALITY AS u (number, place)
        INNER JOIN pg_catalog.pg_attribute AS a ON a.attrelid = k.conrelid AND a.attnum = u.number
        ORDER BY u.place
    ),
    tn.nspname,
    t.relname,
    ARRAY(
        SELECT a.attname::text
        FROM unnest(k.confkey) WITH ORDINALITY AS u (number, place)
        INNER JOIN pg_catalog.pg_attribute AS a ON a.attrelid = k.confrelid AND a.attnum = u.number
        ORDER BY u.place
    ),
    EXISTS (
        SELECT FROM pg_catalog.pg_attribute AS a
        WHERE a.attrelid = k.conrelid AND a.attnum = ANY(k.conkey) AND NOT a.attnotnull
    ),
    pg_catalog.pg_get_constraintdef(k.oid)
FROM pg_catalog.pg_constraint AS k
INNER JOIN pg_catalog.pg_class AS c ON c.oid = k.conrelid
INNER JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
LEFT JOIN pg_catalog.pg_class AS t ON t.oid = k.confrelid
LEFT JOIN pg_catalog.pg_namespace AS tn ON tn.oid = t.relnamespace
WHERE n.nspname = ANY(%(schemas)s) AND k.contype IN ('p', 'f') AND k.conparentid = 0
ORDER BY n.nspname, c.relname, k.contype DESC, k.conname
