-- Which table is a partition of which, parents first. Reads only.
SELECT
    format('partition %s', c.oid::regclass),
    format('ALTER TABLE ONLY %s ATTACH PARTITION %s %s', i.inhparent::regclass, c.oid::regclass,
        pg_get_expr(c.relpartbound, c.oid))
FROM pg_catalog.pg_class AS c
INNER JOIN pg_catalog.pg_inherits AS i ON i.inhrelid = c.oid
INNER JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.relispartition AND c.relkind IN ('r', 'p') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
ORDER BY c.oid
