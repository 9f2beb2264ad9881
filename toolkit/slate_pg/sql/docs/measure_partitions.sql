-- The leaves of partitioned tables of some schemas: bound, size in bytes, rows as the last ANALYZE counted. Reads only.
SELECT
    n.nspname::text,
    p.relname::text,
    c.relname::text,
    pg_catalog.pg_get_expr(c.relpartbound, c.oid),
    pg_catalog.pg_total_relation_size(c.oid),
    greatest(c.reltuples, 0)::bigint
FROM pg_catalog.pg_inherits AS i
INNER JOIN pg_catalog.pg_class AS c ON c.oid = i.inhrelid AND c.relispartition AND c.relkind = 'r'
INNER JOIN pg_catalog.pg_class AS p ON p.oid = i.inhparent
INNER JOIN pg_catalog.pg_namespace AS n ON n.oid = p.relnamespace
WHERE n.nspname = ANY(%(schemas)s)
ORDER BY 1, 2, 3
