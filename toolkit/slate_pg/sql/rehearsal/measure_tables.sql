-- Rows (the planner's estimate), bytes with indexes, and the oldest transaction using each table. Reads only.
SELECT
    c.relname,
    greatest(c.reltuples, 0)::bigint,
    CASE c.relkind WHEN 'p' THEN (
        SELECT coalesce(sum(pg_catalog.pg_total_relation_size(t.relid)), 0) FROM pg_catalog.pg_partition_tree(c.oid) AS t
    )::bigint ELSE pg_catalog.pg_total_relation_size(c.oid) END,
    (
        SELECT extract(epoch FROM clock_timestamp() - min(a.xact_start))::float8
        FROM pg_catalog.pg_locks AS l
        INNER JOIN pg_catalog.pg_stat_activity AS a ON a.pid = l.pid
        WHERE l.relation = c.oid AND a.pid <> pg_backend_pid()
    )
FROM pg_catalog.pg_class AS c
INNER JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE n.nspname = ANY(%(schemas)s) AND c.relkind IN ('r', 'p', 'm')
