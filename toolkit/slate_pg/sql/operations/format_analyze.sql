-- One ANALYZE for each table of a schema, partitions with their parents. Reads only.
SELECT pg_catalog.format('ANALYZE %%I.%%I', n.nspname, c.relname)
FROM pg_catalog.pg_class AS c
INNER JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE n.nspname = %s AND c.relkind IN ('r', 'p') AND NOT c.relispartition
ORDER BY c.relname
