-- The schemas of the database, the system's and some others left out. Reads only.
SELECT n.nspname
FROM pg_catalog.pg_namespace AS n
WHERE n.nspname <> ALL(%s) AND n.nspname !~ '^(pg_|information_schema$)'
ORDER BY n.nspname
