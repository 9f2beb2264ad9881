-- why: they came without a partition of their own; making that partition later means moving them
SELECT
    c.oid::regclass::text,
    format('about %s rows', greatest(c.reltuples, s.n_live_tup)::bigint),
    CASE
        -- Every row to the partition of its date, which is made where there is none, or to its archive.
        WHEN f.name IS NOT NULL
            THEN format('SELECT %s(%L, ''infinity''); ANALYZE %s;', f.name, p.partrelid::regclass, c.oid::regclass)
        ELSE format(
            'ALTER TABLE %s DETACH PARTITION %s;  -- make the partitions its rows need, insert them, attach it again',
            p.partrelid::regclass, c.oid::regclass
        )
    END
FROM pg_catalog.pg_partitioned_table AS p
LEFT JOIN (
    SELECT format('%I.%I', n.nspname, r.proname) AS name
    FROM pg_catalog.pg_proc AS r
    INNER JOIN pg_catalog.pg_namespace AS n ON n.oid = r.pronamespace
    WHERE r.proname = 'settle_strays' AND r.proargtypes[0] = 'regclass'::regtype
    LIMIT 1
) AS f ON TRUE
INNER JOIN pg_catalog.pg_class AS c ON c.oid = p.partdefid
LEFT JOIN pg_catalog.pg_stat_user_tables AS s ON s.relid = c.oid
WHERE c.relnamespace = ANY(:schemas::regnamespace []) AND greatest(c.reltuples, s.n_live_tup) > 0
