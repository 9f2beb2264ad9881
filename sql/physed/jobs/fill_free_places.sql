-- schedule: */5 * * * *
-- why: a place that became free while somebody held the next in the queue stays free until somebody
--      asks again
-- timeout: 1min
-- transaction: yes
-- retries: 1

SELECT * FROM fill_free_places();
