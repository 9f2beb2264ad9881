-- The largest tables of a schema with triggers that somebody wrote for INSERT or UPDATE; a partitioned table with the
-- bytes of all its leaves. Reads only.
SELECT
    c.oid,
    c.relname,
    c.relkind = 'p' AS partitioned,
    coalesce(
        (SELECT sum(pg_table_size(leaf.relid)) FROM pg_partition_tree(c.oid) AS leaf WHERE leaf.isleaf),
        pg_table_size(c.oid)
    )::bigint AS bytes,
    ARRAY(
        SELECT quote_ident(a.attname)
        FROM pg_catalog.pg_index AS i
        CROSS JOIN LATERAL unnest(i.indkey::smallint []) WITH ORDINALITY AS k (attnum, position)
        INNER JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid AND a.attnum = k.attnum
        WHERE i.indrelid = c.oid AND i.indisprimary
        ORDER BY k.position
    ) AS key_columns
FROM pg_catalog.pg_class AS c
WHERE c.relnamespace = (SELECT n.oid FROM pg_catalog.pg_namespace AS n WHERE n.nspname = %(schema)s)
    AND c.relkind IN ('r', 'p') AND NOT c.relispartition
    AND EXISTS (
        SELECT 1
        FROM pg_catalog.pg_trigger AS t
        WHERE t.tgrelid = c.oid AND NOT t.tgisinternal AND t.tgtype::integer & (4 | 16) <> 0
    )
ORDER BY bytes DESC, c.relname ASC
LIMIT %(count)s
