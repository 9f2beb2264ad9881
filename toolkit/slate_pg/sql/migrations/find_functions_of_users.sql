-- Functions and procedures that did not come with the server: name, text, and whether each may write. Reads only.
SELECT p.proname, p.prosrc, p.provolatile = 'v'
FROM pg_catalog.pg_proc AS p
INNER JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace
WHERE n.nspname NOT IN ('pg_catalog', 'information_schema') AND NOT pg_catalog.starts_with(n.nspname, 'pg_temp')
