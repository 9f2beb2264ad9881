-- Whether a column of these schemas may hold the number of a large object. Reads only.
SELECT EXISTS (
    SELECT
    FROM pg_catalog.pg_attribute AS a
    INNER JOIN pg_catalog.pg_class AS c ON c.oid = a.attrelid
    INNER JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    INNER JOIN pg_catalog.pg_type AS t ON t.oid = a.atttypid
    WHERE n.nspname = ANY(%(schemas)s) AND c.relkind IN ('r', 'p') AND a.attnum > 0 AND NOT a.attisdropped
        AND ('pg_catalog.oid'::regtype IN (t.oid, t.typbasetype))
)
