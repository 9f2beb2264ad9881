-- Tables that hold rows of their own, with what a row of each has to keep to. Reads only.
SELECT
    c.oid::regclass::text AS name,
    n.nspname AS schema,
    c.relname AS bare,
    ARRAY(
        SELECT json_build_array(
            a.attname, format_type(a.atttypid, NULL), a.attnotnull, a.attidentity <> '' OR a.attgenerated <> '' OR a.atthasdef,
            ARRAY(
                SELECT e.enumlabel FROM pg_catalog.pg_enum AS e
                WHERE e.enumtypid = coalesce(nullif(t.typbasetype, 0), a.atttypid) ORDER BY e.enumsortorder
            ),
            coalesce(format_type(nullif(t.typbasetype, 0), NULL), ''),
            t.typcategory, a.attgenerated <> '' OR a.attidentity = 'a'
        )
        FROM pg_catalog.pg_attribute AS a
        INNER JOIN pg_catalog.pg_type AS t ON t.oid = a.atttypid
        WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
        ORDER BY a.attnum
    ) AS columns,
    ARRAY(
        SELECT json_build_array(
            k.confrelid::regclass::text,
            ARRAY(SELECT a.attname FROM unnest(k.conkey) WITH ORDINALITY AS x (n, o)
                  INNER JOIN pg_catalog.pg_attribute AS a ON a.attrelid = k.conrelid AND a.attnum = x.n ORDER BY x.o),
            ARRAY(SELECT a.attname FROM unnest(k.confkey) WITH ORDINALITY AS x (n, o)
                  INNER JOIN pg_catalog.pg_attribute AS a ON a.attrelid = k.confrelid AND a.attnum = x.n ORDER BY x.o)
        )
        FROM pg_catalog.pg_constraint AS k
        WHERE k.conrelid = c.oid AND k.contype = 'f'
    ) AS keys,
    -- What conditions compare with: of CHECKs, of domains, of partitions' bounds.
    ARRAY(
        SELECT pg_get_constraintdef(k.oid) FROM pg_catalog.pg_constraint AS k
        WHERE (k.conrelid = c.oid AND k.contype = 'c') OR k.contypid IN (
            SELECT a.atttypid FROM pg_catalog.pg_attribute AS a WHERE a.attrelid = c.oid
        )
        UNION ALL
        SELECT pg_get_expr(l.relpartbound, l.oid)
        FROM pg_catalog.pg_inherits AS i INNER JOIN pg_catalog.pg_class AS l ON l.oid = i.inhrelid
        WHERE i.inhparent = c.oid AND l.relispartition
    ) AS conditions
FROM pg_catalog.pg_class AS c
INNER JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.relnamespace = ANY(%(schemas)s) AND c.oid <> ALL(%(left_out)s) AND c.relkind IN ('r', 'p')
    AND NOT c.relispartition
ORDER BY c.oid
