-- schedule: 45 1 * * *
-- why: a log nobody processed for 30 days would never be archived; it becomes FAILED before the
--      archive job runs
-- timeout: 5min
-- transaction: yes
-- retries: 2
SELECT fail_stale_sync_logs() AS failed_logs;
