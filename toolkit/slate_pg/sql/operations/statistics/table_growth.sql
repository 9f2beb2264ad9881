-- what: size of each table with its partitions, what came and went since the statistics began, and how it is read
SELECT
    format('%I.%I', n.nspname, c.relname) AS "table",
    count(*) AS parts,
    sum(s.n_live_tup)::bigint AS rows,
    pg_catalog.pg_size_pretty(sum(pg_catalog.pg_table_size(s.relid))) AS size,
    pg_catalog.pg_size_pretty(sum(pg_catalog.pg_indexes_size(s.relid))) AS indexes,
    sum(s.n_tup_ins)::bigint AS inserted,
    sum(s.n_tup_upd)::bigint AS updated,
    sum(s.n_tup_del)::bigint AS deleted,
    round(
        (sum(s.n_tup_ins) - sum(s.n_tup_del))
        / (SELECT nullif(extract(epoch FROM now() - d.stats_reset), 0) / 86400 FROM pg_catalog.pg_stat_database AS d
            WHERE d.datname = current_database())
    ) AS grows_per_day,
    round(100.0 * sum(s.n_dead_tup) / nullif(sum(s.n_live_tup + s.n_dead_tup), 0), 1) AS dead_percent,
    sum(s.seq_scan)::bigint AS full_scans,
    sum(coalesce(s.idx_scan, 0))::bigint AS index_scans
FROM pg_catalog.pg_stat_user_tables AS s
CROSS JOIN LATERAL (SELECT coalesce(pg_catalog.pg_partition_root(s.relid)::oid, s.relid) AS oid) AS root
INNER JOIN pg_catalog.pg_class AS c ON c.oid = root.oid
INNER JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
INNER JOIN pg_catalog.pg_class AS own ON own.oid = s.relid AND own.relkind <> 'p'
WHERE n.nspname = ANY(:schemas) AND c.relname !~ '^(_slate_|_yoyo_|yoyo_lock$)'
GROUP BY n.nspname, c.relname
ORDER BY sum(pg_catalog.pg_total_relation_size(s.relid)) DESC, c.relname
