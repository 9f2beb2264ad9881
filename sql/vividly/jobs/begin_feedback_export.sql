-- schedule: 0 4 1 * *
-- why: feedback goes to BigQuery after two years; a tool copies and confirms
-- timeout: 10min
-- transaction: yes
-- retries: 2

SELECT id, table_name, from_time, to_time, row_count FROM begin_export('feedback');
