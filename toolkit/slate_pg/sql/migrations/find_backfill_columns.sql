-- Columns of a table by name: the type without its length, as a cast takes it, and whether none of them is NULL.
-- Reads only. From 18 on a NOT NULL that was not validated may stand above rows that have none.
SELECT
    a.attname,
    pg_catalog.format_type(a.atttypid, -1),
    a.attnotnull AND NOT EXISTS (
        SELECT FROM pg_catalog.pg_constraint AS k
        WHERE k.conrelid = a.attrelid AND k.contype = 'n' AND k.conkey = ARRAY[a.attnum] AND NOT k.convalidated
    )
FROM pg_catalog.pg_attribute AS a
WHERE a.attrelid = %(oid)s AND a.attnum > 0 AND NOT a.attisdropped
