-- Constraints of tables and domains; from 18 on NOT NULL ones too. Those of a partition carry their parent's name.
-- The copies that a foreign key to a partitioned table has for each partition are its implementation. Reads only.
SELECT
    'constraint' AS kind,
    n.nspname AS schema,
    coalesce(parent.conname, k.conname) AS name,
    CASE WHEN k.conrelid <> 0 THEN c.relkind::text ELSE 'domain' END AS on_kind,
    coalesce(c.relname, t.typname) AS on_name,
    CASE WHEN k.conrelid <> 0 THEN k.conrelid::bigint ELSE k.contypid::bigint + 8589934592 END AS unit, -- unit
    nullif(k.conrelid, 0)::regclass AS table,
    CASE WHEN parent.oid IS NOT NULL THEN k.conname END AS name,
    k.contype AS kind,
    pg_get_constraintdef(k.oid) AS definition,
    k.convalidated AS validated,
    k.conenforced AS enforced, -- from 18
    k.condeferrable AS deferrable,
    k.condeferred AS deferred,
    k.connoinherit AS no_inherit,
    k.conislocal OR c.relispartition AS local,
    k.coninhcount > 0 AS inherited,
    nullif(k.confrelid, 0)::regclass AS references,
    nullif(k.conindid, 0)::regclass AS index
FROM pg_catalog.pg_constraint AS k
INNER JOIN pg_catalog.pg_namespace AS n ON n.oid = k.connamespace
LEFT JOIN pg_catalog.pg_class AS c ON c.oid = k.conrelid
LEFT JOIN pg_catalog.pg_type AS t ON t.oid = k.contypid
LEFT JOIN pg_catalog.pg_constraint AS parent ON parent.oid = k.conparentid
WHERE k.connamespace = ANY(%(schemas)s) AND k.conrelid <> ALL(%(left_out)s)
    AND (k.conrelid <> 0 OR k.contypid <> 0)
    AND (parent.oid IS NULL OR parent.confrelid = k.confrelid)
    AND (k.conrelid = ANY(%(relations)s::oid []) OR k.contypid = ANY(%(types)s::oid [])) -- only
