-- Size and fingerprint of each large object, a mebibyte at a time. 262144 is INV_READ. Reads only.
SELECT
    m.oid::text,
    s.size,
    (
        SELECT coalesce(sum(hashtextextended(encode(lo_get(m.oid, o.start, 1048576), 'hex'), o.start)), 0)::text
        FROM generate_series(0, s.size, 1048576) AS o (start)
    )
FROM pg_catalog.pg_largeobject_metadata AS m
CROSS JOIN LATERAL (SELECT lo_lseek64(lo_open(m.oid, 262144), 0, 2) AS size) AS s
ORDER BY m.oid
