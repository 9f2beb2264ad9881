-- What one session has the server do that takes long, as the server counts it: the command, its phase, how much of that
-- phase is done and of how much, 0 where nobody knows. Reads only. A role without rights sees its own sessions.
SELECT
    command,
    phase,
    CASE WHEN phase LIKE '%%tuples%%' THEN tuples_done ELSE blocks_done END,
    CASE WHEN phase LIKE '%%tuples%%' THEN tuples_total ELSE blocks_total END
FROM pg_catalog.pg_stat_progress_create_index
WHERE pid = %(pid)s
UNION ALL
SELECT
    'VACUUM', phase,
    CASE WHEN phase LIKE 'vacuuming heap%%' THEN heap_blks_vacuumed ELSE heap_blks_scanned END, heap_blks_total
FROM pg_catalog.pg_stat_progress_vacuum
WHERE pid = %(pid)s
UNION ALL
SELECT command, phase, heap_blks_scanned, heap_blks_total
FROM pg_catalog.pg_stat_progress_cluster
WHERE pid = %(pid)s
UNION ALL
SELECT 'ANALYZE', phase, sample_blks_scanned, sample_blks_total
FROM pg_catalog.pg_stat_progress_analyze
WHERE pid = %(pid)s
UNION ALL
SELECT command, pg_catalog.format('%%s rows', tuples_processed), bytes_processed, bytes_total
FROM pg_catalog.pg_stat_progress_copy
WHERE pid = %(pid)s
LIMIT 1
