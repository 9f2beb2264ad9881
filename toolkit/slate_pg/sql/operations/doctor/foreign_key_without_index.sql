-- why: deleting or updating the parent reads the whole child table, under its locks
SELECT
    k.conrelid::regclass || '.' || k.conname,
    'no index leads with (' || c.names || ')',
    format('CREATE INDEX CONCURRENTLY ON %s (%s);', k.conrelid::regclass, c.names)
FROM pg_catalog.pg_constraint AS k
INNER JOIN pg_catalog.pg_class AS t ON t.oid = k.conrelid
CROSS JOIN LATERAL (
    SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY u.n) AS names
    FROM unnest(k.conkey) WITH ORDINALITY AS u (attnum, n)
    INNER JOIN pg_catalog.pg_attribute AS a ON a.attrelid = k.conrelid AND a.attnum = u.attnum
) AS c
WHERE k.contype = 'f' AND k.conparentid = 0 AND t.relnamespace = ANY(:schemas::regnamespace [])
    AND NOT EXISTS (
        SELECT 1
        FROM pg_catalog.pg_index AS x
        WHERE x.indrelid = k.conrelid AND x.indisvalid
            -- A partial index WHERE the key IS NOT NULL serves the lookup as well: it never asks for NULL.
            AND (x.indpred IS NULL OR pg_catalog.pg_get_expr(x.indpred, x.indrelid) = '(' || c.names || ' IS NOT NULL)')
            AND (x.indkey::int2 [])[0:cardinality(k.conkey) - 1] @> k.conkey
            AND (x.indkey::int2 [])[0:cardinality(k.conkey) - 1] <@ k.conkey
    )
    -- An index on one of the columns is enough where that column alone is a key of the parent.
    AND NOT EXISTS (
        SELECT 1
        FROM unnest(k.conkey, k.confkey) AS u (child, parent)
        INNER JOIN pg_catalog.pg_index AS x ON x.indrelid = k.conrelid AND x.indisvalid AND x.indkey[0] = u.child
        INNER JOIN pg_catalog.pg_index AS y ON y.indrelid = k.confrelid AND y.indisunique AND y.indpred IS NULL
        WHERE x.indpred IS NULL AND y.indnkeyatts = 1 AND y.indkey[0] = u.parent
    )
