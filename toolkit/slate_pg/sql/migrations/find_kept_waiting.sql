-- Sessions that have waited for a lock of one session for longer than a bound, longest first. Reads only.
SELECT
    l.pid,
    coalesce(a.usename, 'no user'),
    coalesce(a.state, a.backend_type, 'hidden'),
    coalesce(left(regexp_replace(a.query, '\s+', ' ', 'g'), 120), ''),
    extract(EPOCH FROM clock_timestamp() - l.waitstart)::float8
FROM pg_catalog.pg_locks AS l
LEFT JOIN pg_catalog.pg_stat_activity AS a ON a.pid = l.pid
WHERE NOT l.granted
    AND l.waitstart <= clock_timestamp() - pg_catalog.make_interval(secs => %(bound)s)
    AND %(pid)s = ANY(pg_catalog.pg_blocking_pids(l.pid))
ORDER BY l.waitstart
