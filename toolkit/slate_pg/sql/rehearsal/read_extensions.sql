-- Extensions in the order they were made, but the one that every database has. Reads only.
SELECT e.extname, n.nspname, e.extversion
FROM pg_catalog.pg_extension AS e
INNER JOIN pg_catalog.pg_namespace AS n ON n.oid = e.extnamespace
WHERE e.extname <> 'plpgsql'
ORDER BY e.oid
