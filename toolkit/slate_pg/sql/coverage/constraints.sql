-- Everything that refuses a row by itself, with the names that the server reports: of partitions their own.
WITH RECURSIVE tops AS (
    SELECT o.oid, o.oid AS top
    FROM pg_catalog.pg_constraint AS o
    WHERE o.conparentid = 0
    UNION ALL
    SELECT o.oid, tops.top
    FROM pg_catalog.pg_constraint AS o
    JOIN tops ON tops.oid = o.conparentid
),

relations AS (
    SELECT r.oid, r.relname, own.nspname, root.oid AS root, root.relname AS root_name, n.nspname AS root_schema
    FROM pg_catalog.pg_class AS r
    JOIN pg_catalog.pg_namespace AS own ON own.oid = r.relnamespace
    JOIN pg_catalog.pg_class AS root ON root.oid = coalesce(pg_catalog.pg_partition_root(r.oid), r.oid)
    JOIN pg_catalog.pg_namespace AS n ON n.oid = root.relnamespace
    WHERE r.relkind IN ('r', 'p') AND own.nspname !~ '^pg_' AND own.nspname <> 'information_schema'
    AND r.relname !~ '^(_slate_|_yoyo_|yoyo_lock$)'
        AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS d WHERE d.objid = r.oid AND d.deptype = 'e')
)

SELECT
    r.root_schema AS schema,
    r.root_name AS "table",
    coalesce(t.conname, o.conname) AS name,
    CASE o.contype
        WHEN 'c' THEN 'check' WHEN 'f' THEN 'foreign key' WHEN 'p' THEN 'primary key' WHEN 'u' THEN 'unique'
        ELSE 'exclusion'
    END AS kind,
    r.nspname AS own_schema,
    r.relname AS own_table,
    o.conname AS own_name
FROM pg_catalog.pg_constraint AS o
JOIN relations AS r ON r.oid = o.conrelid
LEFT JOIN tops ON tops.oid = o.oid
LEFT JOIN pg_catalog.pg_constraint AS t ON t.oid = tops.top AND t.conrelid = r.root
WHERE o.contype IN ('c', 'f', 'p', 'u', 'x')
    -- What a partition has for itself repeats its bounds, which refuse first.
    AND (r.oid = r.root OR o.coninhcount > 0)
UNION ALL
SELECT n.nspname, t.typname, o.conname, 'check', n.nspname, t.typname, o.conname
FROM pg_catalog.pg_constraint AS o
JOIN pg_catalog.pg_type AS t ON t.oid = o.contypid
JOIN pg_catalog.pg_namespace AS n ON n.oid = t.typnamespace
WHERE o.contype = 'c' AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
    AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS d WHERE d.objid = t.oid AND d.deptype = 'e')
UNION ALL
SELECT r.root_schema, r.root_name, a.attname, 'not null', r.nspname, r.relname, a.attname
FROM pg_catalog.pg_attribute AS a
JOIN relations AS r ON r.oid = a.attrelid
WHERE a.attnotnull AND a.attnum > 0 AND NOT a.attisdropped AND a.attidentity = '' AND a.attgenerated = ''
    AND NOT EXISTS (
        SELECT FROM pg_catalog.pg_constraint AS p
        WHERE p.conrelid = r.oid AND p.contype = 'p' AND a.attnum = ANY (p.conkey)
    )
ORDER BY 1, 2, 4, 3, 5, 6;
