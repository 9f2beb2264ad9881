-- Keys and exclusions, constraints not validated yet, then foreign keys. Reads only.
SELECT
    format('constraint %I on %s', k.conname, k.conrelid::regclass),
    format('ALTER TABLE %s%s ADD CONSTRAINT %I %s', CASE WHEN k.contype IN ('p', 'u', 'x') THEN 'ONLY ' END,
        k.conrelid::regclass, k.conname, pg_get_constraintdef(k.oid))
FROM pg_catalog.pg_constraint AS k
INNER JOIN pg_catalog.pg_class AS c ON c.oid = k.conrelid
INNER JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND c.relkind IN ('r', 'p')
    AND (k.contype IN ('p', 'u', 'x') OR k.contype = 'f' AND k.conparentid = 0
        OR k.contype IN ('c', 'n') AND NOT k.convalidated AND (k.conislocal OR c.relispartition))
    AND NOT EXISTS (
        SELECT FROM pg_catalog.pg_depend AS d
        WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e'
    )
ORDER BY k.contype = 'f', k.oid
