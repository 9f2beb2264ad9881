-- Primary keys, unique constraints and foreign keys of some relations, with the names of their columns in order.
SELECT
    k.conrelid::bigint AS relation,
    k.conname::text AS name,
    k.contype::text AS kind,
    ARRAY(
        SELECT a.attname::text
        FROM unnest(k.conkey) WITH ORDINALITY AS u (number, place)
        INNER JOIN pg_catalog.pg_attribute AS a ON a.attrelid = k.conrelid AND a.attnum = u.number
        ORDER BY u.place
    ) AS columns,
    k.confrelid::bigint AS target,
    ARRAY(
        SELECT a.attname::text
        FROM unnest(k.confkey) WITH ORDINALITY AS u (number, place)
        INNER JOIN pg_catalog.pg_attribute AS a ON a.attrelid = k.confrelid AND a.attnum = u.number
        ORDER BY u.place
    ) AS target_columns
FROM pg_catalog.pg_constraint AS k
WHERE k.conrelid = ANY (%s::bigint[]) AND k.contype IN ('p', 'u', 'f') AND k.conparentid = 0
ORDER BY k.conrelid, k.conname COLLATE "C";
