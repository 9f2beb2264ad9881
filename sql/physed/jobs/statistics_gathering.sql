-- schedule: 20 3 * * *
-- why: autovacuum analyses the months, never the tables they belong to, whose plans then rest on
--      nothing
-- timeout: 30min
-- transaction: yes
-- retries: 1

SELECT * FROM gather_statistics();
