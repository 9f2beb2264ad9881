-- Functions, procedures, aggregates, window functions. Reads only.
SELECT
    CASE p.prokind WHEN 'p' THEN 'procedure' WHEN 'a' THEN 'aggregate' ELSE 'function' END AS kind,
    n.nspname AS schema,
    p.proname AS name,
    -- What regprocedure prints in parentheses, after the name.
    left(substr(p.oid::regprocedure::text, length(quote_ident(n.nspname) || quote_ident(p.proname)) + 3), -1) AS arguments,
    p.oid::bigint + 4294967296 AS unit, -- unit
    pg_get_userbyid(p.proowner) AS owner,
    p.prokind AS kind,
    pg_get_function_arguments(p.oid) AS arguments,
    pg_get_function_result(p.oid) AS result,
    l.lanname AS language,
    p.prosrc AS body,
    pg_get_function_sqlbody(p.oid) AS sql_body,
    p.probin AS library,
    p.provolatile AS volatility,
    p.proisstrict AS strict,
    p.prosecdef AS security_definer,
    p.proleakproof AS leakproof,
    p.proparallel AS parallel,
    p.procost AS cost,
    p.prorows AS rows,
    nullif(p.prosupport::oid, 0)::regprocedure AS support,
    ARRAY(SELECT o FROM unnest(p.proconfig) AS o ORDER BY o) AS config,
    ARRAY(SELECT t.oid::regtype FROM unnest(p.protrftypes) AS t (oid)) AS transforms,
    CASE WHEN g.aggfnoid IS NOT NULL THEN concat_ws(
        ' ', g.aggkind, g.aggnumdirectargs, g.aggtransfn, g.aggfinalfn, g.aggcombinefn, g.aggserialfn,
        g.aggdeserialfn, g.aggmtransfn, g.aggminvtransfn, g.aggmfinalfn, g.aggfinalextra, g.aggmfinalextra,
        g.aggfinalmodify, g.aggmfinalmodify, nullif(g.aggsortop, 0)::regoperator, g.aggtranstype::regtype,
        g.aggtransspace, g.aggmtransspace, quote_nullable(g.agginitval), quote_nullable(g.aggminitval)
    ) END AS aggregate
FROM pg_catalog.pg_proc AS p
INNER JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace
INNER JOIN pg_catalog.pg_language AS l ON l.oid = p.prolang
LEFT JOIN pg_catalog.pg_aggregate AS g ON g.aggfnoid = p.oid
WHERE p.pronamespace = ANY(%(schemas)s) AND p.oid <> ALL(%(left_out)s)
    AND p.oid = ANY(%(functions)s::oid []) -- only
