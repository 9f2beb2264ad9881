-- Other sessions that hold or wait for a lock on one of these relations, oldest transaction first. Reads only.
SELECT DISTINCT
    a.pid,
    a.usename,
    coalesce(a.state, a.backend_type),
    left(regexp_replace(a.query, '\s+', ' ', 'g'), 120),
    extract(epoch FROM clock_timestamp() - a.xact_start)::float8,
    c.relname
FROM pg_catalog.pg_locks AS l
INNER JOIN pg_catalog.pg_class AS c ON c.oid = l.relation
INNER JOIN pg_catalog.pg_stat_activity AS a ON a.pid = l.pid
WHERE l.locktype = 'relation'
    AND l.relation = ANY(%(relations)s::oid [])
    AND l.granted
    AND l.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database())
    AND a.pid <> pg_backend_pid()
    AND a.xact_start < clock_timestamp() - make_interval(secs => %(older_than)s)
ORDER BY 5 DESC
