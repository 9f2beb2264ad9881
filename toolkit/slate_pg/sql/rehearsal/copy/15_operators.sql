-- Operators and casts that no extension brings. Reads only.
SELECT
    format('operator %s', o.oid::regoperator),
    format('CREATE OPERATOR %I.%s (FUNCTION = %s%s%s%s%s%s%s%s%s)', n.nspname, o.oprname, o.oprcode::regproc,
        CASE WHEN o.oprleft <> 0 THEN ', LEFTARG = ' || format_type(o.oprleft, NULL) END,
        CASE WHEN o.oprright <> 0 THEN ', RIGHTARG = ' || format_type(o.oprright, NULL) END,
        CASE WHEN o.oprcom <> 0 THEN format(', COMMUTATOR = OPERATOR(%s)', split_part(o.oprcom::regoperator::text, '(', 1)) END,
        CASE WHEN o.oprnegate <> 0 THEN format(', NEGATOR = OPERATOR(%s)', split_part(o.oprnegate::regoperator::text, '(', 1)) END,
        CASE WHEN o.oprrest <> 0 THEN ', RESTRICT = ' || o.oprrest::regproc END,
        CASE WHEN o.oprjoin <> 0 THEN ', JOIN = ' || o.oprjoin::regproc END,
        CASE WHEN o.oprcanhash THEN ', HASHES' END, CASE WHEN o.oprcanmerge THEN ', MERGES' END)
FROM pg_catalog.pg_operator AS o
INNER JOIN pg_catalog.pg_namespace AS n ON n.oid = o.oprnamespace
WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND o.oprcode <> 0
    AND NOT EXISTS (
        SELECT FROM pg_catalog.pg_depend AS d
        WHERE d.classid = 'pg_catalog.pg_operator'::regclass AND d.objid = o.oid AND d.deptype = 'e'
    )
UNION ALL
SELECT
    format('cast from %s to %s', format_type(c.castsource, NULL), format_type(c.casttarget, NULL)),
    format('CREATE CAST (%s AS %s) %s%s', format_type(c.castsource, NULL), format_type(c.casttarget, NULL),
        CASE c.castmethod WHEN 'f' THEN 'WITH FUNCTION ' || c.castfunc::regprocedure
            WHEN 'i' THEN 'WITH INOUT' ELSE 'WITHOUT FUNCTION' END,
        CASE c.castcontext WHEN 'a' THEN ' AS ASSIGNMENT' WHEN 'i' THEN ' AS IMPLICIT' END)
FROM pg_catalog.pg_cast AS c
WHERE c.oid >= 16384 AND NOT EXISTS (
    SELECT FROM pg_catalog.pg_depend AS d
    WHERE d.classid = 'pg_catalog.pg_cast'::regclass AND d.objid = c.oid AND d.deptype IN ('e', 'i')
)
