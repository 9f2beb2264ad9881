-- schedule: 45 2 * * *
-- why: rows older than retention_settings says are removed; no period is documented, so none by
--      default; rows first, then months, whose tables, students, users and activities are held
--      exclusively for an instant
-- timeout: 30min
-- transaction: yes
-- retries: 2

SELECT * FROM apply_retention('delete');
