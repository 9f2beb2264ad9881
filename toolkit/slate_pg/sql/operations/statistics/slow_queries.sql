-- what: the statements that took the server longest since its statistics began, times in ms
SELECT
    round(s.total_exec_time::numeric, 1) AS total_ms,
    round((100 * s.total_exec_time / nullif(sum(s.total_exec_time) OVER (), 0))::numeric, 1) AS percent,
    s.calls,
    round(s.mean_exec_time::numeric, 2) AS mean_ms,
    round(s.max_exec_time::numeric, 2) AS max_ms,
    s.rows,
    round(100.0 * s.shared_blks_hit / nullif(s.shared_blks_hit + s.shared_blks_read, 0), 1) AS cached_percent,
    regexp_replace(s.query, '\s+', ' ', 'g') AS query
FROM :extension.pg_stat_statements AS s
WHERE s.dbid = (SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database())
ORDER BY s.total_exec_time DESC
LIMIT 20
