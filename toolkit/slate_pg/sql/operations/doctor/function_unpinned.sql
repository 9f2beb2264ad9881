-- why: it finds its tables by the caller's search_path: another schema's, or an attacker's
SELECT
    p.oid::regprocedure::text,
    CASE WHEN p.prosecdef THEN 'SECURITY DEFINER without a search_path of its own' ELSE 'no search_path of its own' END,
    format('ALTER FUNCTION %s SET search_path = %I, pg_temp;', p.oid::regprocedure, n.nspname)
FROM pg_catalog.pg_proc AS p
INNER JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace
INNER JOIN pg_catalog.pg_language AS l ON l.oid = p.prolang
WHERE p.pronamespace = ANY(:schemas::regnamespace []) AND p.prokind IN ('f', 'p')
    AND (p.prosecdef OR (l.lanname = 'plpgsql' AND p.prosrc ~* '\m(from|into|update|join)\s+[a-z]' AND n.nspname <> 'core'))
    AND NOT EXISTS (SELECT 1 FROM unnest(p.proconfig) AS s (setting) WHERE s.setting LIKE 'search\_path=%')
