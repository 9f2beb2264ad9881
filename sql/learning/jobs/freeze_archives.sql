-- schedule: 30 4 * * 0
-- why: an archived month never changes: frozen once, no later vacuum has to read it again
-- timeout: 2h
-- transaction: no
-- retries: 1
VACUUM (FREEZE, SKIP_LOCKED) interactions_archive, progress_metrics_archive, audit_logs_archive;
