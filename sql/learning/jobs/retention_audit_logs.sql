-- schedule: 20 1 * * *
-- why: the trail is kept two years, then whole months move to audit_logs_archive;
--      holds audit_logs, users
--      exclusively for an instant, in a quiet moment
-- timeout: 5min
-- transaction: yes
-- retries: 3
SELECT * FROM retire_months(
    'audit_logs', 'audit_logs_archive', retention_start('audit_logs')
);
