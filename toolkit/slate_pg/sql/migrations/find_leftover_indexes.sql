-- INVALID indexes that a killed REINDEX CONCURRENTLY of a table, or of an index, has left. Reads only.
SELECT x.indexrelid::regclass::text
FROM pg_catalog.pg_index AS x
INNER JOIN pg_catalog.pg_class AS c ON c.oid = x.indexrelid
WHERE NOT x.indisvalid AND c.relname ~ '_cc(new|old)[0-9]*$'
    AND x.indrelid IN (
        to_regclass(%(name)s),
        (SELECT i.indrelid FROM pg_catalog.pg_index AS i WHERE i.indexrelid = to_regclass(%(name)s))
    )
