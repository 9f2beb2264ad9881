-- schedule: 30 4 * * *
-- why: what the document gives no period for is kept as retention_settings says
-- timeout: 10min
-- transaction: yes
-- retries: 2

SELECT table_name, rows_deleted FROM delete_old_papers();
