-- Rewrite rules, a view's own SELECT left out: that is its definition. Reads only.
SELECT
    'rule' AS kind,
    n.nspname AS schema,
    r.rulename AS name,
    c.relkind AS on_kind,
    c.relname AS on_name,
    c.oid::bigint AS unit, -- unit
    r.ev_class::regclass AS table,
    pg_get_ruledef(r.oid) AS definition,
    r.ev_type AS event,
    r.is_instead AS instead,
    r.ev_enabled AS enabled
FROM pg_catalog.pg_rewrite AS r
INNER JOIN pg_catalog.pg_class AS c ON c.oid = r.ev_class
INNER JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.relnamespace = ANY(%(schemas)s) AND c.oid <> ALL(%(left_out)s)
    AND (r.rulename <> '_RETURN' OR r.ev_enabled <> 'O')
    AND c.oid = ANY(%(relations)s::oid []) -- only
