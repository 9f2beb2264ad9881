-- schedule: 45 2 * * 0
-- why: the trail holds names and marks: it ends when retention_settings say so
-- timeout: 30min
-- transaction: yes
-- retries: 2
SELECT purge_audit_logs() AS purged_events;
