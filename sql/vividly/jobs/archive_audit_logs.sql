-- schedule: 0 2 2 1 *
-- why: the trail is kept seven full years, then its months are detached, read-only; holds
--      audit_logs and users exclusively for an instant, waits 100 ms for each, and tries again
-- timeout: 5min
-- transaction: yes
-- retries: 10

SELECT partition_name, action FROM archive_trail();
