-- Functions and procedures in SQL and PL/pgSQL that are nobody's but the database's own: no extension's, no system's.
SELECT
    n.nspname AS schema,
    p.proname AS name,
    format('%I(%s)', p.proname, pg_catalog.oidvectortypes(p.proargtypes)) AS signature,
    l.lanname = 'plpgsql' AS procedural,
    p.prosrc AS body,
    p.prosqlbody IS NOT NULL AS standard,
    pg_catalog.pg_get_functiondef(p.oid) AS definition,
    p.prosecdef OR p.proconfig IS NOT NULL AS never_inlined,
    p.provolatile AS volatility,
    p.proretset AS many,
    ARRAY(
        SELECT DISTINCT format('%s.%s.%s', tn.nspname, c.relname, t.tgname)
        FROM pg_catalog.pg_trigger AS t
        JOIN pg_catalog.pg_class AS c ON c.oid = t.tgrelid
        JOIN pg_catalog.pg_namespace AS tn ON tn.oid = c.relnamespace
        WHERE t.tgfoid = p.oid AND NOT t.tgisinternal AND t.tgparentid = 0
        ORDER BY 1
    ) AS triggers
FROM pg_catalog.pg_proc AS p
JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace
JOIN pg_catalog.pg_language AS l ON l.oid = p.prolang
WHERE l.lanname IN ('sql', 'plpgsql') AND p.prokind IN ('f', 'p')
    AND n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'slate_coverage')
    AND NOT EXISTS (
        SELECT FROM pg_catalog.pg_depend AS d
        WHERE d.classid = 'pg_catalog.pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e'
    )
ORDER BY n.nspname, signature;
