-- Every cast. One without a function is binary coercible or goes through input and output.
SELECT
    format_type(k.castsource, NULL) AS source,
    format_type(k.casttarget, NULL) AS target,
    CASE k.castcontext
        WHEN 'i' THEN 'implicit' WHEN 'a' THEN 'assignment' ELSE 'explicit'
    END AS context,
    n.nspname || '.' || p.proname AS function
FROM pg_cast AS k
LEFT JOIN pg_proc AS p ON p.oid = k.castfunc
LEFT JOIN pg_namespace AS n ON n.oid = p.pronamespace
ORDER BY 1, 2
