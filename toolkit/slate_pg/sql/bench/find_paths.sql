-- The functions of a schema that pin their search_path, and how. Reads only.
SELECT
    p.oid::regprocedure::text,
    s.setting
FROM pg_catalog.pg_proc AS p
INNER JOIN pg_catalog.pg_namespace AS n ON p.pronamespace = n.oid
CROSS JOIN LATERAL unnest(p.proconfig) AS s (setting)
WHERE n.nspname = %(schema)s
    AND p.prokind IN ('f', 'p')
    AND pg_catalog.starts_with(s.setting, 'search_path=')
