-- Every rewrite rule, a view's own _RETURN included.
SELECT
    r.ev_class::bigint AS relation,
    r.rulename::text AS name,
    CASE r.ev_type
        WHEN '1' THEN 'select' WHEN '2' THEN 'update' WHEN '3' THEN 'insert' ELSE 'delete'
    END AS event,
    r.is_instead AS instead
FROM pg_rewrite AS r
INNER JOIN pg_class AS c ON c.oid = r.ev_class
INNER JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE (n.nspname IN ('pg_catalog', 'information_schema')) = %(system)s
ORDER BY r.ev_class, r.rulename
