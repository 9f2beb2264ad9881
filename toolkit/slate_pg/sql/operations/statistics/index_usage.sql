-- what: how often each index was scanned since the statistics began, the least used first; those of partitions together
SELECT
    format('%I.%I', n.nspname, c.relname) AS index,
    t.relname AS "table",
    sum(s.idx_scan)::bigint AS scans,
    sum(s.idx_tup_read)::bigint AS entries_read,
    max(s.last_idx_scan) AS last_scan, -- from 16
    pg_catalog.pg_size_pretty(sum(pg_catalog.pg_relation_size(s.indexrelid))) AS size,
    CASE
        WHEN bool_or(x.indisprimary) THEN 'primary key' WHEN bool_or(x.indisunique) THEN 'unique' ELSE ''
    END AS keeps
FROM pg_catalog.pg_stat_user_indexes AS s
INNER JOIN pg_catalog.pg_index AS x ON x.indexrelid = s.indexrelid
CROSS JOIN LATERAL (SELECT coalesce(pg_catalog.pg_partition_root(s.indexrelid)::oid, s.indexrelid) AS oid) AS root
INNER JOIN pg_catalog.pg_class AS c ON c.oid = root.oid
INNER JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
INNER JOIN pg_catalog.pg_index AS y ON y.indexrelid = root.oid
INNER JOIN pg_catalog.pg_class AS t ON t.oid = y.indrelid
WHERE n.nspname = ANY(:schemas) AND t.relname !~ '^(_slate_|_yoyo_|yoyo_lock$)'
GROUP BY n.nspname, c.relname, t.relname
ORDER BY sum(s.idx_scan), sum(pg_catalog.pg_relation_size(s.indexrelid)) DESC, c.relname
