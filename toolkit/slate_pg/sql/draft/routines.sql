-- Functions, procedures and aggregates, in the words that make them. Reads only.
SELECT
    'pg_catalog.pg_proc'::regclass::oid AS class,
    p.oid AS object,
    0 AS sub,
    CASE p.prokind WHEN 'p' THEN 'procedure' WHEN 'a' THEN 'aggregate' ELSE 'function' END AS kind,
    n.nspname AS schema,
    p.proname::text AS name,
    NULL AS arguments,
    NULL AS on_kind,
    NULL AS on_schema,
    NULL AS on_name,
    CASE WHEN pg_function_is_visible(p.oid) THEN quote_ident(p.proname)
        ELSE quote_ident(n.nspname) || '.' || quote_ident(p.proname) END AS called,
    json_build_object(
        'owner', pg_get_userbyid(p.proowner),
        'signature', CASE WHEN p.prokind = 'a' AND p.pronargs = 0 THEN '*'
            ELSE pg_get_function_identity_arguments(p.oid) END,
        'definition', CASE WHEN p.prokind <> 'a' THEN pg_get_functiondef(p.oid) END,
        'qualified', quote_ident(n.nspname) || '.' || quote_ident(p.proname),
        'arguments', pg_get_function_arguments(p.oid),
        'identity_arguments', pg_get_function_identity_arguments(p.oid),
        'result', pg_get_function_result(p.oid),
        'kind', p.prokind,
        'internal', EXISTS (
            SELECT 1 FROM pg_catalog.pg_depend AS d
            WHERE d.classid = 'pg_catalog.pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'i'
        ),
        'string_body', p.prolang = 14 AND p.prosqlbody IS NULL,
        'aggregate', CASE WHEN g.aggfnoid IS NOT NULL THEN json_build_object(
            'kind', g.aggkind,
            'sfunc', g.aggtransfn::regproc::text,
            'stype', format_type(g.aggtranstype, NULL),
            'sspace', g.aggtransspace,
            'finalfunc', nullif(g.aggfinalfn, 0)::regproc::text,
            'finalextra', g.aggfinalextra,
            'finalmodify', g.aggfinalmodify,
            'combinefunc', nullif(g.aggcombinefn, 0)::regproc::text,
            'serialfunc', nullif(g.aggserialfn, 0)::regproc::text,
            'deserialfunc', nullif(g.aggdeserialfn, 0)::regproc::text,
            'initcond', g.agginitval,
            'msfunc', nullif(g.aggmtransfn, 0)::regproc::text,
            'minvfunc', nullif(g.aggminvtransfn, 0)::regproc::text,
            'mstype', CASE WHEN g.aggmtranstype <> 0 THEN format_type(g.aggmtranstype, NULL) END,
            'msspace', g.aggmtransspace,
            'mfinalfunc', nullif(g.aggmfinalfn, 0)::regproc::text,
            'mfinalextra', g.aggmfinalextra,
            'mfinalmodify', g.aggmfinalmodify,
            'minitcond', g.aggminitval,
            'sortop', CASE WHEN g.aggsortop <> 0 THEN (
                SELECT CASE WHEN pg_operator_is_visible(o.oid) THEN o.oprname::text
                    ELSE 'OPERATOR(' || quote_ident(sn.nspname) || '.' || o.oprname || ')' END
                FROM pg_catalog.pg_operator AS o
                INNER JOIN pg_catalog.pg_namespace AS sn ON sn.oid = o.oprnamespace
                WHERE o.oid = g.aggsortop
            ) END,
            'parallel', p.proparallel
        ) END
    ) AS told
FROM pg_catalog.pg_proc AS p
INNER JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace
LEFT JOIN pg_catalog.pg_aggregate AS g ON g.aggfnoid = p.oid
WHERE p.pronamespace = ANY(%(schemas)s) AND p.oid <> ALL(%(left_out)s)
