-- The tree below a partitioned table, parents first: schema, name, name of its parent, whether it is a leaf, its bounds,
-- whether it is the DEFAULT. Reads only.
SELECT
    n.nspname,
    c.relname,
    pn.nspname,
    pc.relname,
    t.isleaf,
    pg_catalog.pg_get_expr(c.relpartbound, c.oid),
    pg_catalog.pg_get_expr(c.relpartbound, c.oid) = 'DEFAULT'
FROM pg_catalog.pg_partition_tree(%(table)s::oid::regclass) AS t
INNER JOIN pg_catalog.pg_class AS c ON c.oid = t.relid
INNER JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
INNER JOIN pg_catalog.pg_class AS pc ON pc.oid = t.parentrelid
INNER JOIN pg_catalog.pg_namespace AS pn ON pn.oid = pc.relnamespace
WHERE t.level > 0
ORDER BY t.level, n.nspname COLLATE "C", c.relname COLLATE "C"
