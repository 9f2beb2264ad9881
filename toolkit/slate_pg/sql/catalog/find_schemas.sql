-- The schemas to read, by name; without names all but the system's. Reads only.
SELECT coalesce(array_agg(n.oid ORDER BY n.nspname), '{}')
FROM pg_catalog.pg_namespace AS n
WHERE CASE WHEN %(names)s::text [] IS NULL THEN n.nspname !~ '^(pg_|information_schema$)'
    ELSE n.nspname = ANY(%(names)s) END
