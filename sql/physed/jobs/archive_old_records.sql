-- schedule: 30 2 1 * *
-- why: months older than retention_settings says become read-only tables; no period is documented,
--      so none by default; holds their tables, students, users and activities exclusively for an
--      instant, waits 100 ms for each, and tries again
-- timeout: 10min
-- transaction: yes
-- retries: 10

SELECT * FROM apply_retention('archive');
