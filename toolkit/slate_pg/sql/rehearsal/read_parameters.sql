-- Parameters with a dot that functions set: making such a function again wants a right to the name. Reads only.
SELECT DISTINCT split_part(c.setting, '=', 1)
FROM pg_catalog.pg_proc AS p
CROSS JOIN LATERAL unnest(p.proconfig) AS c (setting)
WHERE split_part(c.setting, '=', 1) ~ '^[A-Za-z_][A-Za-z0-9_$]*[.][A-Za-z0-9_$.]+$'
