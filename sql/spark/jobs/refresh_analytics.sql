-- schedule: 50 * * * *
-- why: the figures of the running day in every zone; yesterday again, for offline clients that came
--      back late
-- timeout: 15min
-- transaction: yes
-- retries: 2
SELECT date, students, classes FROM refresh_analytics();
