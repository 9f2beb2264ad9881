-- Who holds the advisory lock of these installations, by its key: other slates at work. Reads only.
SELECT
    (l.classid::bigint << 32) | l.objid::bigint,
    a.pid,
    a.usename,
    a.application_name,
    -- Without what the runner puts in front of every script.
    left(regexp_replace(regexp_replace(a.query, '^BEGIN; (SET LOCAL [^;]*; )+', ''), '\s+', ' ', 'g'), 120),
    extract(epoch FROM clock_timestamp() - a.backend_start)::float8
FROM pg_catalog.pg_locks AS l
INNER JOIN pg_catalog.pg_stat_activity AS a ON a.pid = l.pid
WHERE l.locktype = 'advisory'
    AND l.granted
    AND l.objsubid = 1
    AND l.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database())
    AND (l.classid::bigint << 32) | l.objid::bigint = ANY(%(keys)s::bigint [])
    AND a.pid <> pg_backend_pid()
