-- why: it holds its locks and keeps VACUUM and CREATE INDEX CONCURRENTLY from finishing
SELECT
    format('pid %s', a.pid),
    format('%s as %s since %s: %s', a.state, a.usename, date_trunc('second', now() - a.xact_start),
        left(regexp_replace(a.query, '\s+', ' ', 'g'), 80)),
    format('SELECT pg_terminate_backend(%s);', a.pid)
FROM pg_catalog.pg_stat_activity AS a
WHERE a.xact_start < now() - interval '5 minutes' AND a.pid <> pg_backend_pid() AND a.backend_type = 'client backend'
    AND a.datname = current_database() AND :schemas::text [] IS NOT NULL
