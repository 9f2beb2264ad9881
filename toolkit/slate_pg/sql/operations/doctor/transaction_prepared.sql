-- why: a forgotten two-phase transaction holds its locks for ever, over restarts too
SELECT
    format('prepared transaction %L', x.gid),
    format('by %s since %s', x.owner, date_trunc('second', now() - x.prepared)),
    format('ROLLBACK PREPARED %L;', x.gid)
FROM pg_catalog.pg_prepared_xacts AS x
WHERE x.database = current_database() AND x.prepared < now() - interval '5 minutes' AND :schemas::text [] IS NOT NULL
