-- CHECK constraints of tables and domains where they were written: no copies in heirs, nothing that a partition has alone.
SELECT
    n.nspname AS schema,
    coalesce(c.relname, t.typname) AS "table",
    o.conname AS name,
    format('%s %I.%I', CASE WHEN c.oid IS NULL THEN 'DOMAIN' ELSE 'TABLE' END, n.nspname, coalesce(c.relname, t.typname))
        AS relation,
    pg_catalog.pg_get_expr(o.conbin, o.conrelid) AS condition,
    o.connoinherit AS alone
FROM pg_catalog.pg_constraint AS o
JOIN pg_catalog.pg_namespace AS n ON n.oid = o.connamespace
LEFT JOIN pg_catalog.pg_class AS c ON c.oid = o.conrelid
LEFT JOIN pg_catalog.pg_type AS t ON t.oid = o.contypid
WHERE o.contype = 'c' AND o.coninhcount = 0 AND c.relispartition IS NOT TRUE AND coalesce(c.relkind, 'd') IN ('r', 'p', 'd')
    AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
    AND coalesce(c.relname, t.typname) !~ '^(_slate_|_yoyo_|yoyo_lock$)'
    AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS d WHERE d.objid IN (c.oid, t.oid) AND d.deptype = 'e')
ORDER BY n.nspname, 2, o.conname;
