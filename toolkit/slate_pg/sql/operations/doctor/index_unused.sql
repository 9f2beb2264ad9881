-- why: it costs every write and has served no read since the statistics began, though its table is read
SELECT
    s.indexrelid::regclass::text,
    format('0 scans, %s; its table was read %s times', pg_catalog.pg_size_pretty(pg_catalog.pg_relation_size(s.indexrelid)),
        t.seq_scan + coalesce(t.idx_scan, 0)),
    format('DROP INDEX CONCURRENTLY %s;  -- after a look at every replica', s.indexrelid::regclass)
FROM pg_catalog.pg_stat_user_indexes AS s
INNER JOIN pg_catalog.pg_index AS x ON x.indexrelid = s.indexrelid
INNER JOIN pg_catalog.pg_stat_user_tables AS t ON t.relid = s.relid
WHERE s.schemaname = ANY(:schemas) AND s.idx_scan = 0 AND NOT x.indisunique
    AND t.seq_scan + coalesce(t.idx_scan, 0) > 10000 AND pg_catalog.pg_relation_size(s.indexrelid) > 1048576
    AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_constraint AS k WHERE k.contype = 'f' AND k.conrelid = s.relid AND k.conkey[1] = x.indkey[0])
