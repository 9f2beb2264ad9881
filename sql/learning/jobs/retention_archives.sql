-- schedule: 35 1 * * *
-- after: retention_interactions, retention_progress_metrics, retention_audit_logs
-- why: an archive ends when retention_settings say so; the document names no end, so none does;
--      holds the archive exclusively for an instant, ids are freed before
-- timeout: 10min
-- transaction: yes
-- retries: 3
SELECT d.*
FROM unnest(ARRAY['interactions_archive', 'progress_metrics_archive', 'audit_logs_archive'])
    AS a (name)
CROSS JOIN LATERAL drop_archived_months(a.name::regclass) AS d;
