-- Enums with their labels in order, domains, ranges, composite and base types; row types of tables left out. Reads only.
SELECT
    CASE t.typtype WHEN 'd' THEN 'domain' ELSE 'type' END AS kind,
    n.nspname AS schema,
    t.typname AS name,
    t.oid::bigint + 8589934592 AS unit, -- unit
    pg_get_userbyid(t.typowner) AS owner,
    t.typtype AS kind,
    ARRAY(
        SELECT e.enumlabel FROM pg_catalog.pg_enum AS e WHERE e.enumtypid = t.oid ORDER BY e.enumsortorder
    ) AS labels,
    CASE WHEN t.typtype = 'd' THEN format_type(t.typbasetype, t.typtypmod) END AS base,
    t.typnotnull AS not_null,
    coalesce(pg_get_expr(t.typdefaultbin, 0), t.typdefault) AS default,
    CASE WHEN t.typtype = 'd' THEN nullif(t.typcollation, 0)::regcollation END AS collation,
    CASE WHEN r.rngtypid IS NOT NULL THEN concat_ws(
        ' ', format_type(r.rngsubtype, NULL), nullif(r.rngcollation, 0)::regcollation,
        (SELECT o.opcname FROM pg_catalog.pg_opclass AS o WHERE o.oid = r.rngsubopc),
        r.rngcanonical, r.rngsubdiff, r.rngmultitypid::regtype
    ) END AS range,
    CASE WHEN t.typtype = 'b' THEN concat_ws(
        ' ', t.typlen, t.typbyval, t.typalign, t.typstorage, t.typcategory, t.typispreferred, t.typdelim,
        t.typinput, t.typoutput, t.typreceive, t.typsend, t.typmodin, t.typmodout, t.typanalyze, t.typsubscript,
        nullif(t.typelem, 0)::regtype
    ) END AS representation
FROM pg_catalog.pg_type AS t
INNER JOIN pg_catalog.pg_namespace AS n ON n.oid = t.typnamespace
LEFT JOIN pg_catalog.pg_range AS r ON r.rngtypid = t.oid
WHERE t.typnamespace = ANY(%(schemas)s) AND t.oid <> ALL(%(left_out)s)
    AND t.oid = ANY(%(types)s::oid []) -- only
    AND t.typtype IN ('b', 'c', 'd', 'e', 'r', 'p')
    AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_type AS element WHERE element.typarray = t.oid)
    AND (t.typrelid = 0 OR EXISTS (SELECT 1 FROM pg_catalog.pg_class AS c WHERE c.oid = t.typrelid AND c.relkind = 'c'))
