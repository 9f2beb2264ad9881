-- Every type but arrays; row types of tables are marked, so that only true composites are listed.
SELECT
    t.oid::bigint AS oid,
    n.nspname::text AS schema,
    t.typname::text AS name,
    format_type(t.oid, NULL) AS spelled,
    t.typtype::text AS kind,
    COALESCE(c.relkind NOT IN ('c'), false) AS is_row_type,
    CASE WHEN t.typtype = 'd' THEN format_type(t.typbasetype, t.typtypmod) END AS base,
    t.typnotnull AS not_null,
    COALESCE(l.labels, '{}'::text[]) AS labels,
    pg_get_userbyid(t.typowner)::text AS owner,
    COALESCE(d.description, '') AS comment
FROM pg_type AS t
INNER JOIN pg_namespace AS n ON n.oid = t.typnamespace
LEFT JOIN pg_class AS c ON c.oid = t.typrelid
LEFT JOIN pg_description AS d ON d.objoid = t.oid AND d.classoid = 'pg_type'::regclass
LEFT JOIN (
    SELECT enumtypid, array_agg(enumlabel::text ORDER BY enumsortorder) AS labels
    FROM pg_enum
    GROUP BY enumtypid
) AS l ON l.enumtypid = t.oid
WHERE
    t.typisdefined AND n.nspname <> 'pg_toast'
    AND NOT EXISTS (SELECT FROM pg_type AS e WHERE e.oid = t.typelem AND e.typarray = t.oid)
    AND (n.nspname IN ('pg_catalog', 'information_schema')) = %(system)s
ORDER BY n.nspname, t.typname
