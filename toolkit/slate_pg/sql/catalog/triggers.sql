-- Triggers that somebody wrote. Those that enforce foreign keys are told by their table. Reads only.
SELECT
    'trigger' AS kind,
    n.nspname AS schema,
    t.tgname AS name,
    c.relkind AS on_kind,
    c.relname AS on_name,
    c.oid::bigint AS unit, -- unit
    t.tgrelid::regclass AS table,
    pg_get_triggerdef(t.oid) AS definition,
    t.tgenabled AS enabled,
    t.tgdeferrable AS deferrable,
    t.tginitdeferred AS deferred,
    t.tgparentid <> 0 AS inherited
FROM pg_catalog.pg_trigger AS t
INNER JOIN pg_catalog.pg_class AS c ON c.oid = t.tgrelid
INNER JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.relnamespace = ANY(%(schemas)s) AND c.oid <> ALL(%(left_out)s) AND NOT t.tgisinternal
    AND c.oid = ANY(%(relations)s::oid []) -- only
