-- Functions of these names that do not come with the server: EXPLAIN might run one. Reads only.
SELECT 1
FROM pg_catalog.pg_proc AS p
WHERE p.proname = ANY(%(names)s) AND p.pronamespace <> 'pg_catalog'::regnamespace
LIMIT 1
