-- Every relation except TOAST tables: kind, owner, row security, partitioning, options.
SELECT
    c.oid::bigint AS oid,
    n.nspname::text AS schema,
    c.relname::text AS name,
    c.relkind::text AS relkind,
    pg_get_userbyid(c.relowner)::text AS owner,
    c.relrowsecurity AS row_security,
    c.relforcerowsecurity AS forced,
    c.relpersistence::text AS persistence,
    c.relispartition AS is_partition,
    CASE WHEN c.relispartition THEN pg_get_expr(c.relpartbound, c.oid) END AS bound,
    CASE WHEN c.relkind = 'p' THEN pg_get_partkeydef(c.oid) END AS partition_key,
    COALESCE(i.parents, '{}'::bigint[]) AS parents,
    COALESCE(c.reloptions, '{}'::text[]) AS options,
    COALESCE(d.description, '') AS comment
FROM pg_class AS c
INNER JOIN pg_namespace AS n ON n.oid = c.relnamespace
LEFT JOIN pg_description AS d
    ON d.objoid = c.oid AND d.classoid = 'pg_class'::regclass AND d.objsubid = 0
LEFT JOIN (
    SELECT inhrelid, array_agg(inhparent::bigint ORDER BY inhseqno) AS parents
    FROM pg_inherits
    GROUP BY inhrelid
) AS i ON i.inhrelid = c.oid
WHERE
    c.relkind <> 't' AND n.nspname <> 'pg_toast'
    AND (n.nspname IN ('pg_catalog', 'information_schema')) = %(system)s
ORDER BY n.nspname, c.relname
