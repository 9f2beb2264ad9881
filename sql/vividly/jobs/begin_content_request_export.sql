-- schedule: 0 5 * * *
-- after: soft_delete_content_requests
-- why: soft-deleted requests go to BigQuery; a tool copies the rows and confirms them
-- timeout: 10min
-- transaction: yes
-- retries: 2

SELECT id, table_name, from_time, to_time, row_count FROM begin_export('content_requests');
