-- schedule: 45 2 * * *
-- why: rows older than retention_settings says are removed; no period is documented, so none by
--      default
-- timeout: 30min
-- transaction: yes
-- retries: 2

SELECT * FROM apply_retention('delete');
