-- Every trigger somebody made. The type is a bit field: 1 row, 2 before, 4 insert, 8 delete,
-- 16 update, 32 truncate, 64 instead of.
SELECT
    t.tgrelid::bigint AS relation,
    t.tgname::text AS name,
    pn.nspname || '.' || p.proname AS function,
    CASE
        WHEN t.tgtype & 64 <> 0 THEN 'instead of' WHEN t.tgtype & 2 <> 0 THEN 'before' ELSE 'after'
    END AS timing,
    ARRAY(
        SELECT e.event
        FROM (
            VALUES (4, 'insert'), (16, 'update'), (8, 'delete'), (32, 'truncate')
        ) AS e (bit, event)
        WHERE t.tgtype & e.bit <> 0
    ) AS events,
    CASE WHEN t.tgtype & 1 <> 0 THEN 'row' ELSE 'statement' END AS level,
    CASE t.tgenabled
        WHEN 'O' THEN 'origin' WHEN 'D' THEN 'disabled' WHEN 'R' THEN 'replica' ELSE 'always'
    END AS enabled,
    t.tgconstraint <> 0 AND t.tgdeferrable AS deferrable,
    pg_get_triggerdef(t.oid, true) AS definition
FROM pg_trigger AS t
INNER JOIN pg_class AS c ON c.oid = t.tgrelid
INNER JOIN pg_namespace AS n ON n.oid = c.relnamespace
INNER JOIN pg_proc AS p ON p.oid = t.tgfoid
INNER JOIN pg_namespace AS pn ON pn.oid = p.pronamespace
WHERE NOT t.tgisinternal AND (n.nspname IN ('pg_catalog', 'information_schema')) = %(system)s
ORDER BY t.tgrelid, t.tgname
