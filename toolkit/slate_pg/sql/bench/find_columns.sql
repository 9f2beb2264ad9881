-- The columns of a table that can be written. Those that a benchmark may change by the least step carry an order of
-- preference: filled ones first, then those in no index, then numbers, times, texts. NULL where a unique index, a
-- foreign key or the partition key depends on it, or the type has no such step. Reads only.
SELECT
    quote_ident(a.attname) AS name,
    format_type(a.atttypid, a.atttypmod) AS type,
    CASE
        WHEN t.typcategory = 'N' AND t.typname IN ('int2', 'int4', 'int8', 'numeric', 'float4', 'float8') THEN '+ 1'
        WHEN t.typname IN ('timestamp', 'timestamptz') THEN '+ interval ''1 microsecond'''
        WHEN t.typname IN ('text', 'varchar') THEN '|| '''''
    END AS step,
    CASE
        WHEN a.attidentity <> '' OR used.unique_index OR used.foreign_key OR used.partition_key THEN NULL
        ELSE (CASE WHEN a.attnotnull THEN 0 ELSE 100 END)
            + (CASE WHEN used.any_index THEN 10 ELSE 0 END)
            -- A time with a default is mostly kept by a trigger, which would write over the change.
            + (CASE WHEN t.typcategory = 'D' AND a.atthasdef THEN 50 ELSE 0 END)
            + (CASE t.typcategory WHEN 'N' THEN 1 WHEN 'D' THEN 2 ELSE 3 END)
    END AS preference
FROM pg_catalog.pg_attribute AS a
INNER JOIN pg_catalog.pg_type AS t ON t.oid = a.atttypid
CROSS JOIN LATERAL (
    SELECT
        EXISTS (
            SELECT 1 FROM pg_catalog.pg_index AS i
            WHERE i.indrelid = a.attrelid AND a.attnum = ANY(i.indkey::smallint []) AND (i.indisunique OR i.indisexclusion)
        ) AS unique_index,
        EXISTS (
            SELECT 1 FROM pg_catalog.pg_index AS i
            WHERE i.indrelid = a.attrelid AND a.attnum = ANY(i.indkey::smallint [])
        ) AS any_index,
        EXISTS (
            SELECT 1 FROM pg_catalog.pg_constraint AS k
            WHERE k.contype = 'f' AND (
                (k.conrelid = a.attrelid AND a.attnum = ANY(k.conkey))
                OR (k.confrelid = a.attrelid AND a.attnum = ANY(k.confkey))
            )
        ) AS foreign_key,
        EXISTS (
            SELECT 1 FROM pg_catalog.pg_partitioned_table AS p
            WHERE p.partrelid = a.attrelid AND a.attnum = ANY(p.partattrs::smallint [])
        ) AS partition_key
) AS used
WHERE a.attrelid = %(oid)s AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
ORDER BY a.attnum
