-- Every function, procedure, aggregate and window function with the types of its input arguments.
SELECT
    p.oid::bigint AS oid,
    n.nspname::text AS schema,
    p.proname::text AS name,
    ARRAY(
        SELECT format_type(u.type, NULL)
        FROM unnest(p.proargtypes) WITH ORDINALITY AS u (type, place)
        ORDER BY u.place
    ) AS args,
    CASE p.prokind
        WHEN 'f' THEN 'function' WHEN 'p' THEN 'procedure' WHEN 'a' THEN 'aggregate' ELSE 'window'
    END AS kind,
    l.lanname::text AS language,
    CASE WHEN p.proretset THEN 'setof ' ELSE '' END || format_type(p.prorettype, NULL) AS returns,
    CASE p.provolatile
        WHEN 'i' THEN 'immutable' WHEN 's' THEN 'stable' ELSE 'volatile'
    END AS volatility,
    CASE p.proparallel
        WHEN 's' THEN 'safe' WHEN 'r' THEN 'restricted' ELSE 'unsafe'
    END AS parallel,
    p.prosecdef AS security_definer,
    p.proisstrict AS strict,
    p.proleakproof AS leakproof,
    COALESCE(p.proconfig, '{}'::text[]) AS settings,
    pg_get_userbyid(p.proowner)::text AS owner,
    COALESCE(d.description, '') AS comment
FROM pg_proc AS p
INNER JOIN pg_namespace AS n ON n.oid = p.pronamespace
INNER JOIN pg_language AS l ON l.oid = p.prolang
LEFT JOIN pg_description AS d ON d.objoid = p.oid AND d.classoid = 'pg_proc'::regclass
WHERE (n.nspname IN ('pg_catalog', 'information_schema')) = %(system)s
ORDER BY n.nspname, p.proname, p.oid
