-- Every rule that the rows of these tables must keep: a key that changes where the rule does, its kind, its table, its
-- name, and what it says: "only" where it is not about rows of what inherits. A rule that a partition has from its parent is
-- the parent's. Reads only.
WITH RECURSIVE domains AS (
    SELECT t.oid, t.oid AS base
    FROM pg_catalog.pg_type AS t
    WHERE t.typtype = 'd'
    UNION ALL
    SELECT d.oid, t.typbasetype
    FROM domains AS d
    INNER JOIN pg_catalog.pg_type AS t ON t.oid = d.base
    WHERE t.typtype = 'd'
)

SELECT
    concat_ws('/', k.contype, k.conrelid, k.conname, pg_catalog.md5(pg_catalog.pg_get_constraintdef(k.oid))),
    CASE k.contype WHEN 'c' THEN 'check' WHEN 'f' THEN 'foreign key' ELSE 'exclusion' END,
    k.conrelid::bigint, k.conname,
    CASE k.contype
        WHEN 'c' THEN json_build_object(
            'expression', pg_catalog.pg_get_expr(k.conbin, k.conrelid, false), 'only', k.connoinherit
        )
        WHEN 'f' THEN json_build_object(
            'columns', k.conkey, 'other', k.confrelid::bigint, 'others', k.confkey, 'match', k.confmatchtype,
            'plain', pg_catalog.pg_get_constraintdef(k.oid) !~ ' PERIOD ', 'only', c.relkind = 'r',
            'of_only', (SELECT o.relkind = 'r' FROM pg_catalog.pg_class AS o WHERE o.oid = k.confrelid)
        )
        ELSE json_build_object(
            'parts', (
                SELECT json_agg(pg_catalog.pg_get_indexdef(k.conindid, i::integer, true) ORDER BY i)
                FROM generate_series(1, cardinality(k.conexclop)) AS i
            ),
            'operators', (
                SELECT json_agg(format('OPERATOR(%%I.%%s)', n.nspname, o.oprname) ORDER BY e.i)
                FROM unnest(k.conexclop) WITH ORDINALITY AS e (op, i)
                INNER JOIN pg_catalog.pg_operator AS o ON o.oid = e.op
                INNER JOIN pg_catalog.pg_namespace AS n ON n.oid = o.oprnamespace
            ),
            'predicate', (
                SELECT pg_catalog.pg_get_expr(x.indpred, x.indrelid)
                FROM pg_catalog.pg_index AS x WHERE x.indexrelid = k.conindid
            ),
            'only', c.relkind = 'r'
        )
    END
FROM pg_catalog.pg_constraint AS k
INNER JOIN pg_catalog.pg_class AS c ON c.oid = k.conrelid
WHERE k.conrelid::bigint = ANY(%(tables)s) AND k.convalidated AND k.conparentid = 0
    AND (k.contype IN ('f', 'x') OR (k.contype = 'c' AND k.coninhcount = 0))
UNION ALL
SELECT
    concat_ws('/', 'u', x.indrelid, c.relname, pg_catalog.md5(pg_catalog.pg_get_indexdef(x.indexrelid))),
    CASE WHEN x.indisprimary THEN 'primary key' ELSE 'unique' END,
    x.indrelid::bigint, c.relname,
    json_build_object(
        'parts', (
            SELECT json_agg(
                pg_catalog.pg_get_indexdef(x.indexrelid, i, true) || coalesce(
                    (
                        SELECT format(' COLLATE %%I.%%I', n.nspname, l.collname)
                        FROM pg_catalog.pg_collation AS l
                        INNER JOIN pg_catalog.pg_namespace AS n ON n.oid = l.collnamespace
                        WHERE l.oid = x.indcollation[i - 1] AND l.collname <> 'default'
                    ), ''
                ) ORDER BY i
            )
            FROM generate_series(1, x.indnkeyatts) AS i
        ),
        'predicate', pg_catalog.pg_get_expr(x.indpred, x.indrelid), 'nulls', NOT x.indnullsnotdistinct,
        'only', (SELECT o.relkind = 'r' FROM pg_catalog.pg_class AS o WHERE o.oid = x.indrelid)
    )
FROM pg_catalog.pg_index AS x
INNER JOIN pg_catalog.pg_class AS c ON c.oid = x.indexrelid
WHERE x.indrelid::bigint = ANY(%(tables)s) AND x.indisunique
    AND NOT EXISTS (SELECT FROM pg_catalog.pg_inherits AS h WHERE h.inhrelid = x.indexrelid)
UNION ALL
SELECT
    concat_ws('/', 'n', a.attrelid, a.attnum), 'not null', a.attrelid::bigint, a.attname,
    json_build_object(
        'column', a.attnum, 'filled', a.atthasdef OR a.atthasmissing OR a.attidentity <> '' OR a.attgenerated <> ''
        OR t.typdefault IS NOT NULL
    )
FROM pg_catalog.pg_attribute AS a
INNER JOIN pg_catalog.pg_type AS t ON t.oid = a.atttypid
WHERE a.attrelid::bigint = ANY(%(tables)s) AND a.attnum > 0 AND a.attnotnull AND a.attinhcount = 0
    AND NOT EXISTS (
        SELECT FROM pg_catalog.pg_constraint AS k
        WHERE k.conrelid = a.attrelid AND k.contype = 'n' AND k.conkey = ARRAY[a.attnum] AND NOT k.convalidated
    )
UNION ALL
SELECT
    concat_ws('/', 't', a.attrelid, a.attnum, a.atttypid, a.atttypmod), 'type', a.attrelid::bigint, a.attname,
    json_build_object(
        'column', a.attnum, 'type', pg_catalog.format_type(a.atttypid, a.atttypmod), 'oid', a.atttypid::bigint,
        'modifier', a.atttypmod
    )
FROM pg_catalog.pg_attribute AS a
WHERE a.attrelid::bigint = ANY(%(tables)s) AND a.attnum > 0 AND NOT a.attisdropped AND a.attinhcount = 0
UNION ALL
SELECT
    concat_ws('/', 'p', c.oid, pg_catalog.md5(pg_catalog.pg_get_partition_constraintdef(c.oid))), 'partition bound',
    c.oid::bigint, c.relname,
    json_build_object('expression', pg_catalog.pg_get_partition_constraintdef(c.oid))
FROM pg_catalog.pg_class AS c
WHERE c.oid::bigint = ANY(%(tables)s) AND c.relispartition
UNION ALL
SELECT
    concat_ws('/', 'd', k.oid, k.convalidated, a.attrelid, a.attnum), 'domain', a.attrelid::bigint, k.conname,
    json_build_object('column', a.attname, 'expression', pg_catalog.pg_get_expr(k.conbin, 0))
FROM pg_catalog.pg_constraint AS k
INNER JOIN domains AS d ON d.base = k.contypid
INNER JOIN pg_catalog.pg_attribute AS a ON a.atttypid = d.oid
WHERE a.attrelid::bigint = ANY(%(tables)s) AND a.attnum > 0 AND NOT a.attisdropped AND a.attinhcount = 0
    AND k.contype = 'c' AND k.convalidated
UNION ALL
SELECT
    concat_ws('/', 'dn', t.oid, a.attrelid, a.attnum), 'domain', a.attrelid::bigint, t.typname,
    json_build_object('column', a.attname, 'expression', 'VALUE IS NOT NULL')
FROM pg_catalog.pg_type AS t
INNER JOIN domains AS d ON d.base = t.oid
INNER JOIN pg_catalog.pg_attribute AS a ON a.atttypid = d.oid
WHERE a.attrelid::bigint = ANY(%(tables)s) AND a.attnum > 0 AND NOT a.attisdropped AND a.attinhcount = 0
    AND t.typtype = 'd' AND t.typnotnull
