-- schedule: 0 1 1 * *
-- why: three years ahead are always there, and what strayed into DEFAULT is moved to its year
-- timeout: 5min
-- transaction: yes
-- retries: 3
SELECT 'student_progress' AS parent, p.partition_name, p.action, p.rows_moved
FROM core.ensure_partitions('student_progress', 'year', 3, 0) AS p
UNION ALL
SELECT 'submissions' AS parent, p.partition_name, p.action, p.rows_moved
FROM core.ensure_partitions('submissions', 'year', 3, 0) AS p;
