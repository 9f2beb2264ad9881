-- Functions and procedures of these schemas as the server prints them, known as the catalog's facts are. Reads only.
SELECT
    CASE p.prokind WHEN 'p' THEN 'procedure' ELSE 'function' END AS kind,
    n.nspname::text AS schema,
    p.proname::text AS name,
    left(substr(p.oid::regprocedure::text, length(quote_ident(n.nspname) || quote_ident(p.proname)) + 3), -1) AS arguments,
    pg_catalog.pg_get_functiondef(p.oid) AS definition
FROM pg_catalog.pg_proc AS p
INNER JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace
WHERE n.nspname = ANY(%(schemas)s) AND p.prokind IN ('f', 'p')
