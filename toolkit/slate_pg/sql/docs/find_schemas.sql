-- The schemas of a database that are not the system's, nor a sandbox's own. Reads only.
SELECT n.nspname::text FROM pg_catalog.pg_namespace AS n
WHERE n.nspname !~ '^(pg_|information_schema$)' AND n.nspname <> 'slate_sandbox'
ORDER BY 1
