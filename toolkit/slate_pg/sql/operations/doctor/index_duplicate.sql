-- why: each write maintains both, and only one is ever needed
SELECT
    x.indexrelid::regclass::text,
    'same columns, order and predicate as ' || y.indexrelid::regclass,
    format('DROP INDEX CONCURRENTLY %s;', x.indexrelid::regclass)
FROM pg_catalog.pg_index AS x
INNER JOIN pg_catalog.pg_index AS y ON y.indrelid = x.indrelid AND y.indexrelid <> x.indexrelid
INNER JOIN pg_catalog.pg_class AS t ON t.oid = x.indrelid
INNER JOIN pg_catalog.pg_class AS i ON i.oid = x.indexrelid
INNER JOIN pg_catalog.pg_class AS j ON j.oid = y.indexrelid
WHERE t.relnamespace = ANY(:schemas::regnamespace []) AND NOT t.relispartition
    AND NOT x.indisunique AND i.relam = j.relam
    AND x.indkey = y.indkey AND x.indclass = y.indclass AND x.indcollation = y.indcollation
    AND x.indoption = y.indoption
    AND coalesce(pg_catalog.pg_get_expr(x.indpred, x.indrelid), '') = coalesce(pg_catalog.pg_get_expr(y.indpred, y.indrelid), '')
    AND coalesce(pg_catalog.pg_get_expr(x.indexprs, x.indrelid), '') = coalesce(pg_catalog.pg_get_expr(y.indexprs, y.indrelid), '')
    AND (y.indisunique OR x.indexrelid > y.indexrelid)
