-- What plpgsql_check says of every PL/pgSQL function of a schema; trigger functions with each table they serve.
SELECT DISTINCT
    CASE p.prokind WHEN 'p' THEN 'procedure' ELSE 'function' END AS kind,
    p.proname,
    -- What regprocedure prints in parentheses, after the name; a schema on the path it does not name.
    left(substr(
        p.oid::regprocedure::text,
        length(quote_ident(p.proname)) + 2
        + CASE WHEN pg_function_is_visible(p.oid) THEN 0 ELSE length(quote_ident(n.nspname)) + 1 END
    ), -1) AS arguments,
    c.lineno,
    c.level,
    c.message
FROM pg_catalog.pg_proc AS p
INNER JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace
INNER JOIN pg_catalog.pg_language AS l ON l.oid = p.prolang AND l.lanname = 'plpgsql'
LEFT JOIN pg_catalog.pg_trigger AS t ON t.tgfoid = p.oid AND NOT t.tgisinternal
CROSS JOIN LATERAL plpgsql_check_function_tb(
    p.oid, coalesce(t.tgrelid, 0),
    -- A function that serves INSERT, UPDATE and DELETE knows the transition tables of all three.
    oldtable => (SELECT max(o.tgoldtable) FROM pg_catalog.pg_trigger AS o WHERE o.tgfoid = p.oid),
    newtable => (SELECT max(o.tgnewtable) FROM pg_catalog.pg_trigger AS o WHERE o.tgfoid = p.oid),
    -- Implicit casts between integer widths and the like are no mistakes.
    other_warnings => false, extra_warnings => false
) AS c
WHERE n.nspname = %(schema)s AND p.prokind IN ('f', 'p')
    AND (p.prorettype <> 'trigger'::regtype OR t.oid IS NOT NULL) AND p.prorettype <> 'event_trigger'::regtype
ORDER BY 1, 2, 3, 4
