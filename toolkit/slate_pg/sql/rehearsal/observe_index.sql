-- The key columns of an index: type, column, the rows it is about. The type is empty for an expression, the method's name
-- for one that is not a B-tree, with "sorted" where that can sort, with "excludes" for a constraint. Reads only.
SELECT
    CASE
        WHEN m.amname <> 'btree'
            THEN m.amname || CASE WHEN m.amname = 'gist' AND i.can_sort THEN ' sorted' ELSE '' END
        WHEN i.attnum = 0 THEN ''
        ELSE format_type(a.atttypid, NULL)
    END,
    coalesce(a.attname, ''),
    coalesce(pg_get_expr(i.indpred, i.indrelid), ''),
    i.indisexclusion
FROM (
    SELECT
        x.indexrelid, x.indrelid, x.indpred, x.indisexclusion, x.indnkeyatts, k.attnum, k.place,
        EXISTS (
            SELECT FROM pg_catalog.pg_opclass AS o
            INNER JOIN pg_catalog.pg_amproc AS f ON f.amprocfamily = o.opcfamily AND f.amproclefttype = o.opcintype
            WHERE o.oid = x.indclass[k.place - 1] AND f.amprocnum = 11
        ) AS can_sort
    FROM pg_catalog.pg_index AS x
    CROSS JOIN LATERAL unnest(x.indkey::smallint[]) WITH ORDINALITY AS k (attnum, place)
) AS i
INNER JOIN pg_catalog.pg_class AS c ON c.oid = i.indexrelid
LEFT JOIN pg_catalog.pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = i.attnum
INNER JOIN pg_catalog.pg_am AS m ON m.oid = c.relam
WHERE c.relname = %(name)s AND i.indrelid = %(table)s AND i.place <= i.indnkeyatts
ORDER BY i.place
