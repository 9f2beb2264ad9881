-- Tables, views and sequences that exist now, by name: what a migration may have to wait for. Reads only.
SELECT c.relname, c.oid
FROM pg_catalog.pg_class AS c
INNER JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE n.nspname = ANY(%(schemas)s) AND c.relkind IN ('r', 'p', 'v', 'm', 'S')
    AND (%(with_ledger)s OR c.relname !~ '^(_slate_|_yoyo_|yoyo_lock$)')
