-- The sessions of these logins in this database, in whatever state they are. Reads only.
SELECT
    a.pid,
    a.usename,
    coalesce(a.state, 'hidden'),
    left(regexp_replace(a.query, '\s+', ' ', 'g'), 120),
    coalesce(extract(epoch FROM clock_timestamp() - coalesce(a.xact_start, a.backend_start)), 0)::float8
FROM pg_catalog.pg_stat_activity AS a
WHERE a.datname = current_database() AND a.usename = ANY(%(logins)s) AND a.pid <> pg_backend_pid()
ORDER BY a.pid
