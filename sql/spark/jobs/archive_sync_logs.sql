-- documented: archive-sync-logs
-- schedule: 0 2 * * *
-- after: fail_stale_sync_logs
-- why: sync_logs keeps 30 days; done logs and their conflicts move to the archive, logs with open
--      conflicts stay
-- timeout: 10min
-- transaction: yes
-- retries: 2
SELECT archive_old_sync_logs() AS archived_logs;
