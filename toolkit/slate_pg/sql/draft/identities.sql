-- What tells apart objects that share a name, as the catalog's facts have it: read with no path. Reads only.
SELECT
    'pg_catalog.pg_proc'::regclass::oid AS class,
    p.oid AS object,
    p.proname::text AS name,
    left(substr(p.oid::regprocedure::text, length(quote_ident(n.nspname) || quote_ident(p.proname)) + 3), -1) AS arguments
FROM pg_catalog.pg_proc AS p
INNER JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace
WHERE p.pronamespace = ANY(%(schemas)s) AND p.oid <> ALL(%(left_out)s)
UNION ALL
SELECT
    'pg_catalog.pg_operator'::regclass::oid, o.oid, o.oprname::text,
    left(substr(o.oid::regoperator::text, length(quote_ident(n.nspname) || o.oprname) + 3), -1)
FROM pg_catalog.pg_operator AS o
INNER JOIN pg_catalog.pg_namespace AS n ON n.oid = o.oprnamespace
WHERE o.oprnamespace = ANY(%(schemas)s) AND o.oid <> ALL(%(left_out)s)
UNION ALL
SELECT 'pg_catalog.pg_cast'::regclass::oid, c.oid, format_type(c.castsource, NULL), format_type(c.casttarget, NULL)
FROM pg_catalog.pg_cast AS c
WHERE c.oid >= 16384 AND c.oid <> ALL(%(left_out)s)
UNION ALL
SELECT 'pg_catalog.pg_opclass'::regclass::oid, c.oid, c.opcname::text, am.amname::text
FROM pg_catalog.pg_opclass AS c
INNER JOIN pg_catalog.pg_am AS am ON am.oid = c.opcmethod
WHERE c.opcnamespace = ANY(%(schemas)s) AND c.oid <> ALL(%(left_out)s)
UNION ALL
SELECT 'pg_catalog.pg_opfamily'::regclass::oid, f.oid, f.opfname::text, am.amname::text
FROM pg_catalog.pg_opfamily AS f
INNER JOIN pg_catalog.pg_am AS am ON am.oid = f.opfmethod
WHERE f.opfnamespace = ANY(%(schemas)s) AND f.oid <> ALL(%(left_out)s)
