-- The latest run that pg_cron made of each of our jobs of an installation, by the job's name: when it began and ended,
-- and its error; one that says it runs and whose session is gone was cut short. Reads only.
SELECT
    substr(j.jobname, length(%(prefix)s) + 1),
    r.start_time,
    CASE WHEN r.status IN ('succeeded', 'failed') OR NOT r.alive THEN coalesce(r.end_time, r.start_time) END,
    NULL::integer,
    CASE
        WHEN r.status = 'failed' THEN coalesce(nullif(trim(r.return_message, E' \n'), ''), 'failed')
        WHEN r.status <> 'succeeded' AND NOT r.alive THEN 'cut short'
    END
FROM cron.job AS j
CROSS JOIN LATERAL (
    SELECT
        d.status, d.return_message, d.start_time, d.end_time,
        EXISTS (SELECT FROM pg_catalog.pg_stat_activity AS a WHERE a.pid = d.job_pid) AS alive
    FROM cron.job_run_details AS d
    WHERE d.jobid = j.jobid AND d.start_time IS NOT NULL
    ORDER BY d.runid DESC
    LIMIT 1
) AS r
WHERE starts_with(j.jobname, %(prefix)s)
