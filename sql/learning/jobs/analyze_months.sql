-- schedule: 0 4 * * 0
-- why: autovacuum analyzes months, never their table, and the planner guesses across months
-- timeout: 30min
-- transaction: yes
-- retries: 1
ANALYZE interactions, progress_metrics, audit_logs, interactions_archive, progress_metrics_archive,
    audit_logs_archive;
