-- schedule: 30 2 * * 0
-- after: archive_sync_logs
-- why: the archive had no end; a year is enough to answer a question about a device
-- timeout: 10min
-- transaction: yes
-- retries: 2
SELECT purge_sync_logs_archive() AS purged_logs;
