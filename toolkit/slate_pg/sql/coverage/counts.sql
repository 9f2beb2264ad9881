-- How often each counter of this database was called; no rows where the database counts nothing.
SELECT substr(p.proname, 2)::integer AS number, pg_catalog.pg_stat_get_function_calls(p.oid) AS calls
FROM pg_catalog.pg_proc AS p
JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace
WHERE n.nspname = 'slate_coverage' AND p.proname ~ '^h[0-9]+$'
    AND pg_catalog.pg_stat_get_function_calls(p.oid) IS NOT NULL;
