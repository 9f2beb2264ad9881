-- The materialized views of these schemas that hold rows, the older ones first. Reads only.
SELECT n.nspname, c.relname
FROM pg_catalog.pg_class AS c
INNER JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.relkind = 'm' AND c.relispopulated AND n.nspname = ANY(%(schemas)s)
ORDER BY c.oid
