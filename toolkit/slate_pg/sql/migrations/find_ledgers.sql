-- Every schema of the database that carries a ledger, and its version: 0 is stock yoyo's, 1 Slate's first, then what
-- the name of a constraint says; -1 where that constraint is gone, -2 where something else than a table has the name of
-- one of Slate's, for reading a view runs what its owner wrote with the reader's rights. Relations are found by their
-- names, which are indexed: there may be thousands of ledgers among millions of relations. Of one schema only where
-- `schema` names it. Reads only.
WITH named AS MATERIALIZED (
    SELECT c.oid, c.relname, c.relkind, c.relnamespace
    FROM pg_catalog.pg_class AS c
    WHERE c.relname >= '_slate_' AND c.relname < '_slate`'  -- the character behind the underscore
        AND (
            %(schema)s::name IS NULL
            OR c.relnamespace = (SELECT s.oid FROM pg_catalog.pg_namespace AS s WHERE s.nspname = %(schema)s::name)
        )
    UNION ALL
    SELECT c.oid, c.relname, c.relkind, c.relnamespace
    FROM pg_catalog.pg_class AS c
    WHERE c.relname = '_yoyo_migration'
        AND (
            %(schema)s::name IS NULL
            OR c.relnamespace = (SELECT s.oid FROM pg_catalog.pg_namespace AS s WHERE s.nspname = %(schema)s::name)
        )
)

SELECT
    n.nspname,
    CASE
        WHEN bool_or(pg_catalog.starts_with(c.relname, '_slate_') AND c.relkind NOT IN ('r', 'i', 'S')) THEN -2
        WHEN bool_or(c.relname = '_slate_ledger') THEN coalesce(max(v.version), -1)
        WHEN bool_or(c.relname = '_slate_migration' AND c.relkind = 'r') THEN 1
        ELSE 0
    END
FROM named AS c
INNER JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
LEFT JOIN LATERAL (
    SELECT max(substring(k.conname FROM '^_slate_ledger_version_([0-9]{1,6})$')::integer) AS version
    FROM pg_catalog.pg_constraint AS k
    WHERE k.conrelid = c.oid AND c.relname = '_slate_ledger' AND c.relkind = 'r'
) AS v ON TRUE
WHERE n.nspname !~ '^pg_'
GROUP BY n.oid, n.nspname
HAVING bool_or(c.relname IN ('_slate_ledger', '_yoyo_migration') AND c.relkind = 'r')
