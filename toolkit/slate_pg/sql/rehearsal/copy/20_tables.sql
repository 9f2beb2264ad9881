-- Tables with columns, defaults, identities, NOT NULL and their own CHECKs; partitions are attached later. Reads only.
WITH columns AS (
    SELECT
        a.attrelid,
        a.attnum,
        format('%I %s%s%s%s%s', a.attname, format_type(a.atttypid, a.atttypmod),
            (SELECT format(' COLLATE %I.%I', cn.nspname, co.collname)
             FROM pg_catalog.pg_collation AS co INNER JOIN pg_catalog.pg_namespace AS cn ON cn.oid = co.collnamespace
             WHERE co.oid = a.attcollation AND a.attcollation <> t.typcollation),
            CASE
                WHEN a.attidentity <> '' AND NOT r.relispartition THEN (
                    SELECT format(' GENERATED %s AS IDENTITY (SEQUENCE NAME %I.%I %s)',
                        CASE a.attidentity WHEN 'a' THEN 'ALWAYS' ELSE 'BY DEFAULT' END, sn.nspname, sc.relname,
                        format('INCREMENT %s MINVALUE %s MAXVALUE %s START %s CACHE %s%s', s.seqincrement, s.seqmin,
                            s.seqmax, s.seqstart, s.seqcache, CASE WHEN s.seqcycle THEN ' CYCLE' END))
                    FROM pg_catalog.pg_depend AS d
                    INNER JOIN pg_catalog.pg_sequence AS s ON s.seqrelid = d.objid
                    INNER JOIN pg_catalog.pg_class AS sc ON sc.oid = s.seqrelid
                    INNER JOIN pg_catalog.pg_namespace AS sn ON sn.oid = sc.relnamespace
                    WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.deptype = 'i'
                        AND d.refclassid = 'pg_catalog.pg_class'::regclass
                        AND d.refobjid = a.attrelid AND d.refobjsubid = a.attnum
                )
                WHEN a.attgenerated <> '' THEN format(' GENERATED ALWAYS AS (%s) %s', pg_get_expr(f.adbin, f.adrelid),
                    CASE a.attgenerated WHEN 's' THEN 'STORED' ELSE 'VIRTUAL' END)
                WHEN f.oid IS NOT NULL THEN ' DEFAULT ' || pg_get_expr(f.adbin, f.adrelid)
            END,
            CASE WHEN a.attnotnull AND k.oid IS NULL THEN ' NOT NULL' END,
            CASE WHEN k.convalidated THEN format(' CONSTRAINT %I NOT NULL%s', k.conname,
                CASE WHEN k.connoinherit THEN ' NO INHERIT' END) END
        ) AS definition
    FROM pg_catalog.pg_attribute AS a
    INNER JOIN pg_catalog.pg_class AS r ON r.oid = a.attrelid
    INNER JOIN pg_catalog.pg_type AS t ON t.oid = a.atttypid
    LEFT JOIN pg_catalog.pg_attrdef AS f ON f.adrelid = a.attrelid AND f.adnum = a.attnum
    LEFT JOIN pg_catalog.pg_constraint AS k
        ON k.conrelid = a.attrelid AND k.contype = 'n' AND k.conkey[1] = a.attnum
    WHERE r.relkind IN ('r', 'p') AND a.attnum > 0 AND NOT a.attisdropped AND (a.attislocal OR r.relispartition)
    UNION ALL
    SELECT k.conrelid, 10000, format('CONSTRAINT %I %s', k.conname, pg_get_constraintdef(k.oid))
    FROM pg_catalog.pg_constraint AS k
    INNER JOIN pg_catalog.pg_class AS r ON r.oid = k.conrelid
    WHERE k.contype = 'c' AND k.convalidated AND (k.conislocal OR r.relispartition)
)
SELECT
    format('table %I.%I', n.nspname, c.relname),
    format('CREATE %sTABLE %I.%I (%s)%s%s%s',
        CASE c.relpersistence WHEN 'u' THEN 'UNLOGGED ' END, n.nspname, c.relname,
        (SELECT string_agg(m.definition, ', ' ORDER BY m.attnum, m.definition) FROM columns AS m WHERE m.attrelid = c.oid),
        (SELECT ' INHERITS (' || string_agg(i.inhparent::regclass::text, ', ' ORDER BY i.inhseqno) || ')'
         FROM pg_catalog.pg_inherits AS i WHERE i.inhrelid = c.oid AND NOT c.relispartition),
        CASE c.relkind WHEN 'p' THEN ' PARTITION BY ' || pg_get_partkeydef(c.oid) END,
        (SELECT ' WITH (' || string_agg(format('%I = %L', o.option_name, o.option_value), ', ') || ')'
         FROM pg_options_to_table(c.reloptions) AS o))
FROM pg_catalog.pg_class AS c
INNER JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p') AND c.relpersistence <> 't'
    AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
    AND NOT EXISTS (
        SELECT FROM pg_catalog.pg_depend AS d
        WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e'
    )
ORDER BY c.oid
