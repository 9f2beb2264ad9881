-- schedule: 0 3 * * *
-- after: retention_progress_metrics, purge_deleted_users
-- why: long-term progress is read from a summary; readers go on while it is refreshed
-- timeout: 30min
-- transaction: yes
-- retries: 1
REFRESH MATERIALIZED VIEW CONCURRENTLY progress_by_period;
