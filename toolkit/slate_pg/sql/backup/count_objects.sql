-- How many relations, functions and types a schema holds: only an empty one is restored into. Reads only.
SELECT count(*) FROM (
    SELECT relnamespace AS n FROM pg_catalog.pg_class UNION ALL SELECT pronamespace FROM pg_catalog.pg_proc
    UNION ALL SELECT typnamespace FROM pg_catalog.pg_type
) AS o INNER JOIN pg_catalog.pg_namespace AS s ON s.oid = o.n
WHERE s.nspname = %s
