-- schedule: 45 1 * * *
-- after: retention_archives
-- why: an archived month needs two or three of its indexes; the others are a fifth of its size
-- timeout: 10min
-- transaction: yes
-- retries: 3
SELECT c.*
FROM unnest(ARRAY['interactions_archive', 'progress_metrics_archive', 'audit_logs_archive'])
    AS a (name)
CROSS JOIN LATERAL compress_archive(a.name::regclass) AS c;
