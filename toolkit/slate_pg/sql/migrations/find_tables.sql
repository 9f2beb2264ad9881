-- The tables of a schema, partitions and the ledger left out. Reads only.
SELECT c.relname
FROM pg_catalog.pg_class AS c
INNER JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE n.nspname = %s AND c.relkind IN ('r', 'p') AND NOT c.relispartition
    AND c.relname NOT LIKE '\_slate\_%%' AND c.relname NOT LIKE '\_yoyo\_%%' AND c.relname <> 'yoyo_lock'
ORDER BY c.relname
