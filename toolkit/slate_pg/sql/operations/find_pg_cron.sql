-- Whether pg_cron's tables are in this database and the role at work may read them. Reads only.
SELECT coalesce(
    has_schema_privilege('cron', 'USAGE')
    AND has_table_privilege('cron.job', 'SELECT')
    AND has_table_privilege('cron.job_run_details', 'SELECT'),
    FALSE
)
FROM (SELECT to_regclass('cron.job') AS jobs, to_regclass('cron.job_run_details') AS runs) AS t
WHERE jobs IS NOT NULL AND runs IS NOT NULL
