-- why: reading it is an error until its first REFRESH
SELECT c.oid::regclass::text, 'never filled', format('REFRESH MATERIALIZED VIEW %s;', c.oid::regclass)
FROM pg_catalog.pg_class AS c
WHERE c.relkind = 'm' AND NOT c.relispopulated AND c.relnamespace = ANY(:schemas::regnamespace [])
