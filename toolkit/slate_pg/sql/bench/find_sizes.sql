-- Each table of a schema, partitions with their parent: rows as the last VACUUM or ANALYZE counted them, and bytes with
-- indexes. Reads only.
SELECT r.relname, sum(greatest(t.reltuples, 0))::bigint, sum(pg_catalog.pg_total_relation_size(t.oid))::bigint
FROM pg_catalog.pg_class AS r
CROSS JOIN LATERAL (
    SELECT c.oid, c.reltuples
    FROM pg_catalog.pg_class AS c
    WHERE c.oid = r.oid AND r.relkind = 'r'
    UNION ALL
    SELECT c.oid, c.reltuples
    FROM pg_catalog.pg_partition_tree(r.oid) AS p
    INNER JOIN pg_catalog.pg_class AS c ON c.oid = p.relid
    WHERE r.relkind = 'p' AND p.isleaf
) AS t
WHERE r.relnamespace = (SELECT n.oid FROM pg_catalog.pg_namespace AS n WHERE n.nspname = %(schema)s)
    AND r.relkind IN ('r', 'p') AND NOT r.relispartition
GROUP BY r.relname
ORDER BY 2 DESC, 1
