-- schedule: 10 1 * * *
-- why: a row without a month lands in the default partition; months are made three ahead, and
--      strays are moved
-- timeout: 5min
-- transaction: yes
-- retries: 3

SELECT * FROM create_time_partitions(3);
