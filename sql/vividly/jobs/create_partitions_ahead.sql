-- schedule: 0 0 1 * *
-- why: months exist before their first row, and strays leave the default partition
-- timeout: 5min
-- transaction: yes
-- retries: 3

SELECT partition_name, action, rows_moved FROM core.ensure_partitions('audit_logs', 'month', 6, 1);
