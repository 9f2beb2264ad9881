-- What belongs to the whole database, in the words that make it. Reads only.
SELECT
    'pg_catalog.pg_extension'::regclass::oid AS class,
    e.oid AS object,
    0 AS sub,
    'extension' AS kind,
    NULL AS schema,
    e.extname::text AS name,
    NULL AS arguments,
    NULL AS on_kind,
    NULL AS on_schema,
    NULL AS on_name,
    quote_ident(e.extname) AS called,
    json_build_object(
        'owner', pg_get_userbyid(e.extowner), 'schema', quote_ident(n.nspname), 'version', e.extversion,
        'relocatable', e.extrelocatable, 'place', n.nspname
    ) AS told
FROM pg_catalog.pg_extension AS e
INNER JOIN pg_catalog.pg_namespace AS n ON n.oid = e.extnamespace
WHERE %(database)s
UNION ALL
SELECT
    'pg_catalog.pg_publication'::regclass::oid, p.oid, 0, 'publication', NULL, p.pubname::text, NULL, NULL, NULL, NULL,
    quote_ident(p.pubname),
    json_build_object(
        'owner', pg_get_userbyid(p.pubowner),
        'all_tables', p.puballtables,
        'operations', concat_ws(
            ', ', CASE WHEN p.pubinsert THEN 'insert' END, CASE WHEN p.pubupdate THEN 'update' END,
            CASE WHEN p.pubdelete THEN 'delete' END, CASE WHEN p.pubtruncate THEN 'truncate' END
        ),
        'via_root', p.pubviaroot,
        'generated_columns', p.pubgencols, -- from 18
        'schemas', ARRAY(
            SELECT sn.nspname
            FROM pg_catalog.pg_publication_namespace AS s
            INNER JOIN pg_catalog.pg_namespace AS sn ON sn.oid = s.pnnspid
            WHERE s.pnpubid = p.oid
            ORDER BY 1
        )
    )
FROM pg_catalog.pg_publication AS p
WHERE %(database)s
UNION ALL
SELECT
    'pg_catalog.pg_publication_rel'::regclass::oid, r.oid, 0, 'publication', NULL, p.pubname::text, NULL, c.relkind::text,
    n.nspname, c.relname, quote_ident(p.pubname),
    json_build_object(
        'table', r.prrelid::regclass::text,
        'row_filter', pg_get_expr(r.prqual, r.prrelid),
        'columns', ARRAY(
            SELECT quote_ident(a.attname)
            FROM pg_catalog.pg_attribute AS a
            WHERE a.attrelid = r.prrelid AND a.attnum = ANY(r.prattrs)
            ORDER BY a.attnum
        )
    )
FROM pg_catalog.pg_publication_rel AS r
INNER JOIN pg_catalog.pg_publication AS p ON p.oid = r.prpubid
INNER JOIN pg_catalog.pg_class AS c ON c.oid = r.prrelid
INNER JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE %(database)s
UNION ALL
SELECT
    'pg_catalog.pg_event_trigger'::regclass::oid, e.oid, 0, 'event trigger', NULL, e.evtname::text, NULL, NULL, NULL, NULL,
    quote_ident(e.evtname),
    json_build_object(
        'owner', pg_get_userbyid(e.evtowner), 'event', e.evtevent, 'function', e.evtfoid::regproc::text,
        'enabled', e.evtenabled, 'tags', ARRAY(
            SELECT quote_literal(t.tag) FROM unnest(e.evttags) WITH ORDINALITY AS t (tag, number) ORDER BY t.number
        )
    )
FROM pg_catalog.pg_event_trigger AS e
WHERE e.oid <> ALL(%(left_out)s) AND %(database)s
UNION ALL
SELECT
    'pg_catalog.pg_foreign_data_wrapper'::regclass::oid, w.oid, 0, 'foreign data wrapper', NULL, w.fdwname::text, NULL,
    NULL, NULL, NULL, quote_ident(w.fdwname),
    json_build_object(
        'owner', pg_get_userbyid(w.fdwowner),
        'handler', nullif(w.fdwhandler, 0)::regproc::text,
        'validator', nullif(w.fdwvalidator, 0)::regproc::text,
        'options', (SELECT json_object_agg(o.option_name, o.option_value) FROM pg_options_to_table(w.fdwoptions) AS o)
    )
FROM pg_catalog.pg_foreign_data_wrapper AS w
WHERE w.oid <> ALL(%(left_out)s) AND %(database)s
UNION ALL
SELECT
    'pg_catalog.pg_foreign_server'::regclass::oid, s.oid, 0, 'server', NULL, s.srvname::text, NULL, NULL, NULL, NULL,
    quote_ident(s.srvname),
    json_build_object(
        'owner', pg_get_userbyid(s.srvowner), 'wrapper', quote_ident(w.fdwname), 'type', s.srvtype, 'version', s.srvversion,
        'options', (SELECT json_object_agg(o.option_name, o.option_value) FROM pg_options_to_table(s.srvoptions) AS o)
    )
FROM pg_catalog.pg_foreign_server AS s
INNER JOIN pg_catalog.pg_foreign_data_wrapper AS w ON w.oid = s.srvfdw
WHERE %(database)s
UNION ALL
SELECT
    'pg_catalog.pg_user_mapping'::regclass::oid, m.umid, 0, 'user mapping', NULL, m.usename::text, NULL, 'server', NULL,
    m.srvname, CASE m.umuser WHEN 0 THEN 'PUBLIC' ELSE quote_ident(m.usename) END,
    json_build_object(
        'server', quote_ident(m.srvname),
        -- Their values may be passwords, and are not read.
        'names', ARRAY(SELECT split_part(o, '=', 1) FROM unnest(m.umoptions) AS o ORDER BY 1)
    )
FROM pg_catalog.pg_user_mappings AS m
WHERE %(database)s
UNION ALL
SELECT
    'pg_catalog.pg_namespace'::regclass::oid, n.oid, 0, 'schema', NULL, n.nspname::text, NULL, NULL, NULL, NULL,
    quote_ident(n.nspname), json_build_object('owner', pg_get_userbyid(n.nspowner))
FROM pg_catalog.pg_namespace AS n
WHERE n.oid = ANY(%(schemas)s)
