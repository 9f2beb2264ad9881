-- What changing rows of a table costs besides: indexes, row triggers, its foreign keys, and who refers to it, as far as a
-- deletion goes on from table to table. Reads only.
WITH RECURSIVE self AS (
    SELECT %(oid)s::oid AS oid
    UNION
    SELECT p.relid::oid FROM pg_catalog.pg_partition_ancestors(%(oid)s::oid) AS p
),

referring AS (
    SELECT k.conrelid, k.confdeltype, k.confupdtype, k.conkey, 1 AS depth
    FROM pg_catalog.pg_constraint AS k
    INNER JOIN self AS s ON s.oid = k.confrelid
    WHERE k.contype = 'f' AND k.conparentid = 0
    UNION
    SELECT k.conrelid, k.confdeltype, k.confupdtype, k.conkey, r.depth + 1
    FROM referring AS r
    INNER JOIN pg_catalog.pg_constraint AS k ON k.confrelid = r.conrelid
    WHERE k.contype = 'f' AND k.conparentid = 0 AND r.confdeltype = 'c' AND r.depth < 8
)

SELECT
    (SELECT count(*) FROM pg_catalog.pg_index AS i WHERE i.indrelid = t.oid),
    (
        SELECT count(*)
        FROM pg_catalog.pg_trigger AS g
        WHERE g.tgrelid = t.oid AND NOT g.tgisinternal AND g.tgtype & 1 = 1 AND g.tgenabled <> 'D'
    ),
    (SELECT count(*) FROM pg_catalog.pg_constraint AS k WHERE k.conrelid = t.oid AND k.contype = 'f'),
    ARRAY(
        SELECT DISTINCT jsonb_build_array(r.conrelid::bigint, r.confdeltype, r.confupdtype, EXISTS (
            SELECT FROM pg_catalog.pg_index AS i
            WHERE i.indrelid = r.conrelid AND i.indisvalid AND i.indkey[0] = ANY (r.conkey)
        ))
        FROM referring AS r
    ),
    ARRAY(
        SELECT a.attname::text
        FROM pg_catalog.pg_index AS i
        INNER JOIN pg_catalog.pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
        WHERE i.indrelid = t.oid
    )
FROM (SELECT %(oid)s::oid) AS t (oid)
