-- Publications with their tables, column lists, row filters and schemas. Reads only.
SELECT
    'publication' AS kind,
    p.pubname AS name,
    NULL::"char" AS on_kind,
    NULL AS on_schema,
    NULL AS on_name,
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
            SELECT n.pnnspid::regnamespace
            FROM pg_catalog.pg_publication_namespace AS n
            WHERE n.pnpubid = p.oid
            ORDER BY 1
        )
    )
FROM pg_catalog.pg_publication AS p
UNION ALL
SELECT
    'publication',
    p.pubname,
    c.relkind,
    n.nspname,
    c.relname,
    json_build_object(
        'table', r.prrelid::regclass,
        'row_filter', pg_get_expr(r.prqual, r.prrelid),
        'columns', ARRAY(
            SELECT a.attname
            FROM pg_catalog.pg_attribute AS a
            WHERE a.attrelid = r.prrelid AND a.attnum = ANY(r.prattrs)
            ORDER BY a.attnum
        )
    )
FROM pg_catalog.pg_publication_rel AS r
INNER JOIN pg_catalog.pg_publication AS p ON p.oid = r.prpubid
INNER JOIN pg_catalog.pg_class AS c ON c.oid = r.prrelid
INNER JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
