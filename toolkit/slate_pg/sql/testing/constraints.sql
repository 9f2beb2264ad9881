-- Every constraint of a table; NOT NULL, which PostgreSQL 18 lists here too, belongs to the column.
SELECT
    k.conrelid::bigint AS relation,
    k.conname::text AS name,
    k.contype::text AS kind,
    ARRAY(
        SELECT a.attname::text
        FROM unnest(k.conkey) WITH ORDINALITY AS u (attnum, place)
        INNER JOIN pg_attribute AS a ON a.attrelid = k.conrelid AND a.attnum = u.attnum
        ORDER BY u.place
    ) AS columns,
    fn.nspname || '.' || fc.relname AS "table",
    CASE WHEN k.contype = 'f' THEN ARRAY(
        SELECT a.attname::text
        FROM unnest(k.confkey) WITH ORDINALITY AS u (attnum, place)
        INNER JOIN pg_attribute AS a ON a.attrelid = k.confrelid AND a.attnum = u.attnum
        ORDER BY u.place
    ) ELSE '{}'::text[] END AS referenced,
    k.confdeltype::text AS on_delete,
    k.confupdtype::text AS on_update,
    k.confmatchtype::text AS match,
    k.condeferrable AS deferrable,
    k.condeferred AS deferred,
    k.convalidated AS validated,
    pg_get_constraintdef(k.oid, true) AS definition,
    CASE WHEN k.contype = 'c' THEN pg_get_expr(k.conbin, k.conrelid, true) END AS expression
FROM pg_constraint AS k
INNER JOIN pg_class AS c ON c.oid = k.conrelid
INNER JOIN pg_namespace AS n ON n.oid = c.relnamespace
LEFT JOIN pg_class AS fc ON fc.oid = k.confrelid
LEFT JOIN pg_namespace AS fn ON fn.oid = fc.relnamespace
WHERE k.contype <> 'n' AND (n.nspname IN ('pg_catalog', 'information_schema')) = %(system)s
ORDER BY k.conrelid, k.conname
