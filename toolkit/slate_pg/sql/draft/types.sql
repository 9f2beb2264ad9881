-- Enums, domains, composite types, ranges and collations, in the words that make them. Reads only.
SELECT
    'pg_catalog.pg_type'::regclass::oid AS class,
    t.oid AS object,
    0 AS sub,
    CASE t.typtype WHEN 'd' THEN 'domain' ELSE 'type' END AS kind,
    n.nspname AS schema,
    t.typname::text AS name,
    NULL AS arguments,
    NULL AS on_kind,
    NULL AS on_schema,
    NULL AS on_name,
    format_type(t.oid, NULL) AS called,
    json_build_object(
        'owner', pg_get_userbyid(t.typowner),
        'bare', quote_ident(t.typname),
        'type', t.typtype,
        'labels', ARRAY(
            SELECT e.enumlabel FROM pg_catalog.pg_enum AS e WHERE e.enumtypid = t.oid ORDER BY e.enumsortorder
        ),
        'base', CASE WHEN t.typtype = 'd' THEN format_type(t.typbasetype, t.typtypmod) END,
        'collation', CASE WHEN t.typtype = 'd' AND t.typcollation <> b.typcollation THEN t.typcollation::regcollation::text END,
        'default', coalesce(pg_get_expr(t.typdefaultbin, 0), quote_literal(t.typdefault)),
        'not_null', t.typnotnull,
        'not_null_name', k.conname, -- from 17
        'range', CASE WHEN r.rngtypid IS NOT NULL THEN concat_ws(
            ', ', 'SUBTYPE = ' || format_type(r.rngsubtype, NULL),
            'SUBTYPE_OPCLASS = ' || (
                SELECT CASE WHEN pg_opclass_is_visible(o.oid) THEN '' ELSE quote_ident(cn.nspname) || '.' END
                    || quote_ident(o.opcname)
                FROM pg_catalog.pg_opclass AS o
                INNER JOIN pg_catalog.pg_namespace AS cn ON cn.oid = o.opcnamespace
                WHERE o.oid = r.rngsubopc AND NOT o.opcdefault
            ),
            'COLLATION = ' || (
                SELECT r.rngcollation::regcollation::text FROM pg_catalog.pg_type AS s
                WHERE s.oid = r.rngsubtype AND r.rngcollation <> s.typcollation AND r.rngcollation <> 0
            ),
            'CANONICAL = ' || nullif(r.rngcanonical::oid, 0)::regproc,
            'SUBTYPE_DIFF = ' || nullif(r.rngsubdiff::oid, 0)::regproc,
            'MULTIRANGE_TYPE_NAME = ' || format_type(r.rngmultitypid, NULL)
        ) END,
        'shell', t.typtype = 'p'
    ) AS told
FROM pg_catalog.pg_type AS t
INNER JOIN pg_catalog.pg_namespace AS n ON n.oid = t.typnamespace
LEFT JOIN pg_catalog.pg_range AS r ON r.rngtypid = t.oid
LEFT JOIN pg_catalog.pg_type AS b ON b.oid = t.typbasetype
LEFT JOIN pg_catalog.pg_constraint AS k ON k.contypid = t.oid AND k.contype = 'n'
WHERE t.typnamespace = ANY(%(schemas)s) AND t.oid <> ALL(%(left_out)s)
    AND t.typtype IN ('b', 'c', 'd', 'e', 'r', 'p')
    AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_type AS element WHERE element.typarray = t.oid)
    AND (t.typrelid = 0 OR EXISTS (SELECT 1 FROM pg_catalog.pg_class AS c WHERE c.oid = t.typrelid AND c.relkind = 'c'))
UNION ALL
SELECT
    'pg_catalog.pg_collation'::regclass::oid,
    c.oid,
    0,
    'collation',
    n.nspname,
    c.collname::text,
    NULL,
    NULL,
    NULL,
    NULL,
    c.oid::regcollation::text,
    json_build_object(
        'owner', pg_get_userbyid(c.collowner),
        'bare', quote_ident(c.collname),
        'words', concat_ws(
            ', ', 'PROVIDER = ' || CASE c.collprovider WHEN 'i' THEN 'icu' WHEN 'b' THEN 'builtin' ELSE 'libc' END,
            'LC_COLLATE = ' || quote_literal(c.collcollate), 'LC_CTYPE = ' || quote_literal(c.collctype),
            'LOCALE = ' || quote_literal(c.colliculocale), -- until 16
            'LOCALE = ' || quote_literal(c.colllocale), -- from 17
            'RULES = ' || quote_literal(c.collicurules), -- from 16
            CASE WHEN NOT c.collisdeterministic THEN 'DETERMINISTIC = FALSE' END
        )
    )
FROM pg_catalog.pg_collation AS c
INNER JOIN pg_catalog.pg_namespace AS n ON n.oid = c.collnamespace
WHERE c.collnamespace = ANY(%(schemas)s)
UNION ALL
SELECT
    'pg_catalog.pg_conversion'::regclass::oid,
    c.oid,
    0,
    'conversion',
    n.nspname,
    c.conname::text,
    NULL,
    NULL,
    NULL,
    NULL,
    CASE WHEN pg_conversion_is_visible(c.oid) THEN quote_ident(c.conname)
        ELSE quote_ident(n.nspname) || '.' || quote_ident(c.conname) END,
    json_build_object(
        'owner', pg_get_userbyid(c.conowner),
        'words', quote_literal(pg_encoding_to_char(c.conforencoding)) || ' TO '
            || quote_literal(pg_encoding_to_char(c.contoencoding)) || ' FROM ' || c.conproc::regproc,
        'default', c.condefault
    )
FROM pg_catalog.pg_conversion AS c
INNER JOIN pg_catalog.pg_namespace AS n ON n.oid = c.connamespace
WHERE c.connamespace = ANY(%(schemas)s)
