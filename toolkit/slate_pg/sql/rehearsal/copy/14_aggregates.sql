-- Plain aggregates that no extension brings. Reads only.
SELECT
    format('aggregate %I.%I(%s)', n.nspname, p.proname, pg_get_function_identity_arguments(p.oid)),
    format('CREATE AGGREGATE %I.%I(%s) (SFUNC = %s, STYPE = %s%s%s%s)',
        n.nspname, p.proname,
        CASE WHEN p.pronargs = 0 THEN '*' ELSE pg_get_function_identity_arguments(p.oid) END,
        a.aggtransfn::regproc, format_type(a.aggtranstype, NULL),
        CASE WHEN a.aggfinalfn <> 0 THEN ', FINALFUNC = ' || a.aggfinalfn::regproc END,
        ', INITCOND = ' || quote_literal(a.agginitval),
        CASE WHEN a.aggcombinefn <> 0 THEN ', COMBINEFUNC = ' || a.aggcombinefn::regproc END)
FROM pg_catalog.pg_aggregate AS a
INNER JOIN pg_catalog.pg_proc AS p ON p.oid = a.aggfnoid
INNER JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace
WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
    AND NOT EXISTS (
        SELECT FROM pg_catalog.pg_depend AS d
        WHERE d.classid = 'pg_catalog.pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e'
    )
ORDER BY p.oid
