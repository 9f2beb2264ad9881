-- schedule: 0 1 * * *
-- why: 30 days after a contract nothing of its people is left
-- timeout: 60min
-- transaction: yes
-- retries: 2

SELECT district_id, step, table_name, rows_deleted FROM purge_ended_contracts();
