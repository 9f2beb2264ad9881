-- Every schema of the database that carries a ledger, and its version: 0 is stock yoyo's, 1 Slate's first, then what
-- the name of a constraint says; -1 where that constraint is gone, -2 where something else than a table has the name of
-- one of Slate's, for reading a view runs what its owner wrote with the reader's rights. Reads only.
SELECT
    n.nspname,
    CASE
        WHEN EXISTS (
            SELECT FROM pg_catalog.pg_class AS o
            WHERE o.relnamespace = n.oid AND pg_catalog.starts_with(o.relname, '_slate_')
                AND o.relkind NOT IN ('r', 'i', 'S')
        ) THEN -2
        WHEN bool_or(c.relname = '_slate_ledger') THEN coalesce(max(v.version), -1)
        WHEN bool_or(c.relname = '_slate_migration') THEN 1
        ELSE 0
    END
FROM pg_catalog.pg_class AS c
INNER JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
LEFT JOIN LATERAL (
    SELECT max(substring(k.conname FROM '^_slate_ledger_version_([0-9]{1,6})$')::integer) AS version
    FROM pg_catalog.pg_constraint AS k
    WHERE k.conrelid = c.oid AND c.relname = '_slate_ledger'
) AS v ON TRUE
WHERE c.relname IN ('_slate_ledger', '_yoyo_migration', '_slate_migration') AND c.relkind = 'r'
    AND n.nspname !~ '^pg_'
GROUP BY n.oid, n.nspname
HAVING bool_or(c.relname IN ('_slate_ledger', '_yoyo_migration'))
