-- What changing rows of a table costs besides: indexes, row triggers, its foreign keys, and who refers to it. Reads only.
SELECT
    (SELECT count(*) FROM pg_catalog.pg_index AS i WHERE i.indrelid = t.oid),
    (SELECT count(*) FROM pg_catalog.pg_trigger AS g WHERE g.tgrelid = t.oid AND NOT g.tgisinternal AND g.tgtype & 1 = 1),
    (SELECT count(*) FROM pg_catalog.pg_constraint AS k WHERE k.conrelid = t.oid AND k.contype = 'f'),
    ARRAY(
        SELECT jsonb_build_array(k.conrelid::bigint, k.confdeltype, k.confupdtype, EXISTS (
            SELECT FROM pg_catalog.pg_index AS i
            WHERE i.indrelid = k.conrelid AND i.indisvalid AND i.indkey[0] = ANY (k.conkey)
        ))
        FROM pg_catalog.pg_constraint AS k
        WHERE k.confrelid = t.oid AND k.contype = 'f' AND k.conparentid = 0
    )
FROM (SELECT %(oid)s::oid) AS t (oid)
