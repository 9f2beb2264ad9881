-- Functions and procedures of these names that people wrote in SQL or PL/pgSQL, with their definitions. Reads only.
SELECT p.oid, pg_get_functiondef(p.oid)
FROM pg_catalog.pg_proc AS p
INNER JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace
INNER JOIN pg_catalog.pg_language AS l ON l.oid = p.prolang
WHERE p.prokind IN ('f', 'p') AND l.lanname IN ('sql', 'plpgsql')
    AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
    AND p.proname = ANY (%(names)s)
