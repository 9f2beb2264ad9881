-- Other sessions, and prepared transactions, that hold a lock on one of these relations, oldest first. Reads only.
-- A role without pg_read_all_stats sees no age of other users' transactions: those count as young.
SELECT DISTINCT
    coalesce(a.pid, 0),
    coalesce(a.usename, p.owner, 'no user'),
    coalesce(a.state, a.backend_type, CASE WHEN p.gid IS NULL THEN 'hidden' ELSE 'prepared transaction' END),
    coalesce(left(regexp_replace(a.query, '\s+', ' ', 'g'), 120), format('COMMIT or ROLLBACK PREPARED %%L', p.gid)),
    coalesce(extract(epoch FROM clock_timestamp() - coalesce(a.xact_start, p.prepared)), 0)::float8,
    c.relname,
    l.relation::bigint,
    l.mode
FROM pg_catalog.pg_locks AS l
INNER JOIN pg_catalog.pg_class AS c ON c.oid = l.relation
LEFT JOIN pg_catalog.pg_stat_activity AS a ON a.pid = l.pid
LEFT JOIN pg_catalog.pg_locks AS own
    ON l.pid IS NULL AND own.pid IS NULL AND own.locktype = 'transactionid' AND own.virtualtransaction = l.virtualtransaction
LEFT JOIN pg_catalog.pg_prepared_xacts AS p ON p.transaction = own.transactionid
WHERE l.locktype = 'relation'
    AND l.relation = ANY(%(relations)s::oid [])
    AND l.granted
    AND l.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database())
    AND l.pid IS DISTINCT FROM pg_backend_pid()
    AND coalesce(extract(epoch FROM clock_timestamp() - coalesce(a.xact_start, p.prepared)), 0) >= %(older_than)s
ORDER BY 5 DESC
