-- Tables, views, sequences and foreign tables, in the words that make and alter them. Reads only.
SELECT
    'pg_catalog.pg_class'::regclass::oid AS class,
    c.oid AS object,
    0 AS sub,
    c.relkind::text AS kind,
    n.nspname AS schema,
    c.relname AS name,
    NULL AS arguments,
    NULL AS on_kind,
    NULL AS on_schema,
    NULL AS on_name,
    c.oid::regclass::text AS called,
    json_build_object(
        'owner', pg_get_userbyid(c.relowner),
        'persistence', c.relpersistence,
        'access_method', am.amname,
        'tablespace', ts.spcname,
        'options', (
            SELECT json_object_agg(o.option_name, o.option_value) FROM pg_options_to_table(c.reloptions) AS o
        ),
        'toast_options', (
            SELECT json_object_agg(o.option_name, o.option_value) FROM pg_options_to_table(toast.reloptions) AS o
        ),
        'row_security', c.relrowsecurity,
        'force_row_security', c.relforcerowsecurity,
        'replica_identity', c.relreplident,
        'of_type', nullif(c.reloftype, 0)::regtype::text,
        'partitioned_by', pg_get_partkeydef(c.oid),
        'bound', pg_get_expr(c.relpartbound, c.oid),
        'is_partition', c.relispartition,
        'parents', ARRAY(
            SELECT i.inhparent::regclass::text FROM pg_catalog.pg_inherits AS i WHERE i.inhrelid = c.oid ORDER BY i.inhseqno
        ),
        'pending', EXISTS (SELECT 1 FROM pg_catalog.pg_inherits AS i WHERE i.inhrelid = c.oid AND i.inhdetachpending),
        'definition', CASE WHEN c.relkind IN ('v', 'm') THEN pg_get_viewdef(c.oid, TRUE) END,
        'populated', c.relispopulated,
        'type', format_type(s.seqtypid, NULL),
        'start', s.seqstart,
        'increment', s.seqincrement,
        'minimum', s.seqmin,
        'maximum', s.seqmax,
        'cache', s.seqcache,
        'cycle', s.seqcycle,
        'internal', owned.deptype = 'i',
        'owned_by', owned.refobjid::regclass::text,
        'owned_column', owned.attname,
        'server', srv.srvname,
        'foreign_options', (
            SELECT json_object_agg(o.option_name, o.option_value) FROM pg_options_to_table(ft.ftoptions) AS o
        )
    ) AS told
FROM pg_catalog.pg_class AS c
INNER JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
LEFT JOIN pg_catalog.pg_am AS am ON am.oid = c.relam
LEFT JOIN pg_catalog.pg_tablespace AS ts ON ts.oid = c.reltablespace
LEFT JOIN pg_catalog.pg_class AS toast ON toast.oid = c.reltoastrelid
LEFT JOIN pg_catalog.pg_sequence AS s ON s.seqrelid = c.oid
LEFT JOIN pg_catalog.pg_foreign_table AS ft ON ft.ftrelid = c.oid
LEFT JOIN pg_catalog.pg_foreign_server AS srv ON srv.oid = ft.ftserver
LEFT JOIN LATERAL (
    SELECT d.refobjid, d.deptype, a.attname
    FROM pg_catalog.pg_depend AS d
    INNER JOIN pg_catalog.pg_attribute AS a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
    WHERE c.relkind = 'S' AND d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid
        AND d.refclassid = 'pg_catalog.pg_class'::regclass AND d.deptype IN ('a', 'i')
    LIMIT 1
) AS owned ON TRUE
WHERE c.relnamespace = ANY(%(schemas)s) AND c.oid <> ALL(%(left_out)s)
    AND c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f')
