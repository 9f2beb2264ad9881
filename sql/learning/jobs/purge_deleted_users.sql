-- schedule: 0 2 * * *
-- why: privacy: thirty days after deletion what is left of a user goes; up to 100 users a run
-- timeout: 30min
-- transaction: yes
-- retries: 2
SELECT * FROM purge_deleted_users(now() - interval '30 days');
