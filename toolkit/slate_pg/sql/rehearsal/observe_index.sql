-- The types of an index's key columns; empty for an expression, the method's name for one that is not a B-tree. Reads only.
SELECT CASE WHEN m.amname <> 'btree' THEN m.amname WHEN k.attnum = 0 THEN '' ELSE format_type(a.atttypid, NULL) END
FROM pg_catalog.pg_index AS i
INNER JOIN pg_catalog.pg_class AS c ON c.oid = i.indexrelid
CROSS JOIN LATERAL unnest(i.indkey::smallint[]) WITH ORDINALITY AS k (attnum, place)
LEFT JOIN pg_catalog.pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = k.attnum
INNER JOIN pg_catalog.pg_am AS m ON m.oid = c.relam
WHERE c.relname = %(name)s AND i.indrelid = %(table)s AND k.place <= i.indnkeyatts
ORDER BY k.place
