-- what: each month, live or archived, with its size; rows in a default partition are an alarm
-- source: the document
-- budget_ms: 100
-- person: learning_reader a5ca1e01-0000-4000-8000-000001000000
SELECT
    p.parent::text AS table_name,
    t.relid::text AS partition_name,
    pg_get_expr(c.relpartbound, c.oid) AS bounds,
    pg_total_relation_size(t.relid) AS bytes,
    c.reltuples::bigint AS estimated_rows
FROM unnest(ARRAY[
    'interactions', 'interactions_archive', 'progress_metrics', 'progress_metrics_archive',
    'audit_logs', 'audit_logs_archive'
]::regclass[]) AS p (parent)
CROSS JOIN LATERAL pg_partition_tree(p.parent) AS t
INNER JOIN pg_class AS c ON c.oid = t.relid
WHERE t.isleaf AND t.relid <> p.parent
ORDER BY table_name, partition_name;
