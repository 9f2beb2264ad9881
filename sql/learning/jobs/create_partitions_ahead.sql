-- schedule: 10 0 * * *
-- why: a row without a month lands in quarantine; this makes three months ahead and moves it out
-- timeout: 5min
-- transaction: yes
-- retries: 3
SELECT t.name AS table_name, p.partition_name, p.action, p.rows_moved
FROM unnest(ARRAY['audit_logs', 'interactions', 'progress_metrics']) AS t (name)
CROSS JOIN LATERAL create_month_partitions(t.name::regclass, 3, 1) AS p;
