-- What is not to be dumped: schemas in which nothing is of the installation, and in the schemas of others the tables,
-- views and sequences, by name and schema. Reads only.
SELECT NULL AS schema, n.nspname AS name
FROM pg_catalog.pg_namespace AS n
WHERE n.nspname <> ALL(%(schemas)s) AND n.nspname <> ALL(%(places)s) AND n.nspname !~ '^(pg_|information_schema$)'
UNION ALL
SELECT n.nspname, c.relname
FROM pg_catalog.pg_class AS c
INNER JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE n.nspname = ANY(%(places)s) AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
