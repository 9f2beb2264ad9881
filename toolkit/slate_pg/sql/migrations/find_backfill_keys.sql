-- The unique keys that a table's rows can be gone through by: B-trees over columns, all in one direction, in the columns'
-- own order of values, the primary key first. Reads only.
SELECT pg_catalog.array_agg(a.attname::text ORDER BY k.place)
FROM pg_catalog.pg_index AS i
INNER JOIN pg_catalog.pg_class AS c ON c.oid = i.indexrelid
INNER JOIN pg_catalog.pg_am AS m ON m.oid = c.relam
CROSS JOIN LATERAL pg_catalog.generate_series(1, i.indnkeyatts::integer) AS k (place)
LEFT JOIN pg_catalog.pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[k.place - 1]
LEFT JOIN pg_catalog.pg_opclass AS o ON o.oid = i.indclass[k.place - 1]
WHERE i.indrelid = %(oid)s
    AND i.indisunique
    AND i.indisvalid
    AND i.indisready
    AND i.indpred IS NULL
    AND m.amname = 'btree'
GROUP BY i.indexrelid, i.indisprimary
HAVING pg_catalog.bool_and(
    i.indkey[k.place - 1] > 0 AND o.opcdefault AND i.indcollation[k.place - 1] = coalesce(a.attcollation, 0)
) AND pg_catalog.count(DISTINCT i.indoption[k.place - 1] & 1) = 1
ORDER BY i.indisprimary DESC, 1
