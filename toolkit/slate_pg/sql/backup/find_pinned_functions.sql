-- The functions of a schema that pin their search path, with what they pin it to. Reads only.
SELECT p.oid::regprocedure::text, p.prokind, s.setting
FROM pg_catalog.pg_proc AS p
CROSS JOIN unnest(p.proconfig) AS s (setting)
WHERE p.pronamespace = %s::regnamespace AND starts_with(s.setting, 'search_path=')
