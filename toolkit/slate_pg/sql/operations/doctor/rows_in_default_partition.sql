-- why: they came without a partition of their own; making that partition later means moving them
SELECT
    c.oid::regclass::text,
    format('about %s rows', greatest(c.reltuples, s.n_live_tup)::bigint),
    format(
        -- Every row to the partition of its date, which is made where there is none, or to its archive.
        'SELECT core.settle_strays(%L, ''infinity''); ANALYZE %s;', p.partrelid::regclass, c.oid::regclass
    )
FROM pg_catalog.pg_partitioned_table AS p
INNER JOIN pg_catalog.pg_class AS c ON c.oid = p.partdefid
LEFT JOIN pg_catalog.pg_stat_user_tables AS s ON s.relid = c.oid
WHERE c.relnamespace = ANY(:schemas::regnamespace []) AND greatest(c.reltuples, s.n_live_tup) > 0
