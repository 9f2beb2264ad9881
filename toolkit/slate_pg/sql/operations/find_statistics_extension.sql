-- Where pg_stat_statements is, and whether this role sees what others ran. Reads only.
SELECT quote_ident(n.nspname), pg_catalog.pg_has_role('pg_read_all_stats', 'USAGE')
FROM pg_catalog.pg_extension AS e
INNER JOIN pg_catalog.pg_namespace AS n ON n.oid = e.extnamespace
WHERE e.extname = 'pg_stat_statements'
