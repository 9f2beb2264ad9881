-- Extended statistics. Reads only.
SELECT format('statistics %I.%I', n.nspname, s.stxname), pg_get_statisticsobjdef(s.oid)
FROM pg_catalog.pg_statistic_ext AS s
INNER JOIN pg_catalog.pg_namespace AS n ON n.oid = s.stxnamespace
WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
ORDER BY s.oid
