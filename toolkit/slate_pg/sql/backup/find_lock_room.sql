-- How many tables and sequences each of some schemas has, and how many locks the server has room for. Reads only.
SELECT
    n.nspname,
    count(c.oid) FILTER (WHERE c.relkind IN ('r', 'p', 'S')),
    pg_catalog.current_setting('max_locks_per_transaction')::bigint * (
        pg_catalog.current_setting('max_connections')::bigint
        + pg_catalog.current_setting('max_prepared_transactions')::bigint
    ) / 2
FROM pg_catalog.pg_namespace AS n
LEFT OUTER JOIN pg_catalog.pg_class AS c ON c.relnamespace = n.oid
WHERE n.nspname = ANY(%(schemas)s)
GROUP BY n.nspname
