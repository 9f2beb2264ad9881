-- schedule: 0 2 2 1 *
-- why: the trail is kept seven full years, then its months are detached, read-only
-- timeout: 5min
-- transaction: yes
-- retries: 3

SELECT partition_name, action FROM archive_trail();
