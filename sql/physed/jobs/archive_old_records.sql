-- schedule: 30 2 1 * *
-- why: months older than retention_settings says become read-only tables; no period is documented,
--      so none by default
-- timeout: 10min
-- transaction: yes
-- retries: 3

SELECT * FROM apply_retention('archive');
