-- Every index: its columns or expressions in order, what it includes, and its flags.
SELECT
    x.indrelid::bigint AS relation,
    ci.relname::text AS name,
    ARRAY(
        SELECT COALESCE(a.attname::text, pg_get_indexdef(x.indexrelid, g.k, true))
        FROM generate_series(1, x.indnkeyatts) AS g (k)
        LEFT JOIN pg_attribute AS a
            ON a.attrelid = x.indrelid AND a.attnum = x.indkey[g.k - 1] AND a.attnum <> 0
        ORDER BY g.k
    ) AS columns,
    CASE WHEN x.indnatts > x.indnkeyatts THEN ARRAY(
        SELECT a.attname::text
        FROM generate_series(x.indnkeyatts + 1, x.indnatts) AS g (k)
        INNER JOIN pg_attribute AS a ON a.attrelid = x.indrelid AND a.attnum = x.indkey[g.k - 1]
        ORDER BY g.k
    ) ELSE '{}'::text[] END AS include,
    x.indisunique AS "unique",
    x.indisprimary AS "primary",
    x.indisvalid AND x.indisready AS valid,
    x.indisclustered AS clustered,
    x.indnullsnotdistinct AS nulls_not_distinct,
    m.amname::text AS method,
    pg_get_expr(x.indpred, x.indrelid, true) AS "where",
    pg_get_userbyid(ci.relowner)::text AS owner
FROM pg_index AS x
INNER JOIN pg_class AS ci ON ci.oid = x.indexrelid
INNER JOIN pg_class AS c ON c.oid = x.indrelid
INNER JOIN pg_namespace AS n ON n.oid = c.relnamespace
INNER JOIN pg_am AS m ON m.oid = ci.relam
WHERE c.relkind <> 't' AND (n.nspname IN ('pg_catalog', 'information_schema')) = %(system)s
ORDER BY x.indrelid, ci.relname
