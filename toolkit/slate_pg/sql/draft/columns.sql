-- Columns of tables and views and attributes of composite types, in the words that make and alter them. Reads only.
SELECT
    'pg_catalog.pg_class'::regclass::oid AS class,
    c.oid AS object,
    a.attnum::integer AS sub,
    'column' AS kind,
    n.nspname AS schema,
    a.attname AS name,
    NULL AS arguments,
    c.relkind::text AS on_kind,
    n.nspname AS on_schema,
    c.relname AS on_name,
    quote_ident(a.attname) AS called,
    json_build_object(
        'position', a.attnum,
        'type', format_type(a.atttypid, a.atttypmod),
        'base', format_type(a.atttypid, NULL),
        'modifier', a.atttypmod,
        'collation', CASE WHEN a.attcollation <> t.typcollation THEN nullif(a.attcollation, 0)::regcollation::text END,
        'default', pg_get_expr(d.adbin, d.adrelid),
        'identity', nullif(a.attidentity, ''),
        'generated', nullif(a.attgenerated, ''),
        'sequence', seq.name,
        'sequence_options', seq.options,
        'not_null', a.attnotnull,
        'not_null_name', k.conname, -- from 18
        'not_null_local', k.conislocal, -- from 18
        'not_null_valid', k.convalidated, -- from 18
        'not_null_no_inherit', k.connoinherit, -- from 18
        'storage', CASE a.attstorage WHEN 'p' THEN 'PLAIN' WHEN 'e' THEN 'EXTERNAL' WHEN 'm' THEN 'MAIN' ELSE 'EXTENDED' END,
        'usual_storage', a.attstorage = t.typstorage,
        'compression', CASE a.attcompression WHEN 'p' THEN 'pglz' WHEN 'l' THEN 'lz4' END,
        'statistics', nullif(a.attstattarget, -1),
        'options', (
            SELECT json_object_agg(o.option_name, o.option_value) FROM pg_options_to_table(a.attoptions) AS o
        ),
        'foreign_options', (
            SELECT json_object_agg(o.option_name, o.option_value) FROM pg_options_to_table(a.attfdwoptions) AS o
        ),
        'local', a.attislocal OR (c.relispartition AND a.attinhcount = 0),
        'inherited', a.attinhcount > 0,
        'type_key', a.atttypid
    ) AS told
FROM pg_catalog.pg_class AS c
INNER JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
INNER JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid
INNER JOIN pg_catalog.pg_type AS t ON t.oid = a.atttypid
LEFT JOIN pg_catalog.pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
LEFT JOIN pg_catalog.pg_constraint AS k
    ON k.conrelid = a.attrelid AND k.contype = 'n' AND k.conkey[1] = a.attnum
LEFT JOIN LATERAL (
    SELECT
        sc.oid::regclass::text AS name,
        concat_ws(
            ' ',
            CASE WHEN s.seqstart <> CASE WHEN s.seqincrement > 0 THEN s.seqmin ELSE s.seqmax END
                THEN 'START ' || s.seqstart END,
            CASE WHEN s.seqincrement <> 1 THEN 'INCREMENT ' || s.seqincrement END,
            CASE WHEN s.seqmin <> CASE WHEN s.seqincrement > 0 THEN 1 ELSE limits.low END
                THEN 'MINVALUE ' || s.seqmin END,
            CASE WHEN s.seqmax <> CASE WHEN s.seqincrement > 0 THEN limits.high ELSE -1 END
                THEN 'MAXVALUE ' || s.seqmax END,
            CASE WHEN s.seqcache <> 1 THEN 'CACHE ' || s.seqcache END,
            CASE WHEN s.seqcycle THEN 'CYCLE' END
        ) AS options
    FROM pg_catalog.pg_depend AS e
    INNER JOIN pg_catalog.pg_sequence AS s ON s.seqrelid = e.objid
    INNER JOIN pg_catalog.pg_class AS sc ON sc.oid = s.seqrelid
    CROSS JOIN LATERAL (
        SELECT
            CASE s.seqtypid WHEN 21 THEN -32768 WHEN 23 THEN -2147483648 ELSE -9223372036854775808 END AS low,
            CASE s.seqtypid WHEN 21 THEN 32767 WHEN 23 THEN 2147483647 ELSE 9223372036854775807 END AS high
    ) AS limits
    WHERE a.attidentity <> '' AND e.classid = 'pg_catalog.pg_class'::regclass AND e.deptype = 'i'
        AND e.refclassid = 'pg_catalog.pg_class'::regclass AND e.refobjid = a.attrelid AND e.refobjsubid = a.attnum
    LIMIT 1
) AS seq ON TRUE
WHERE c.relnamespace = ANY(%(schemas)s) AND c.oid <> ALL(%(left_out)s)
    AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'c') AND a.attnum > 0 AND NOT a.attisdropped
