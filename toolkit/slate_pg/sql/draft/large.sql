-- Tables that it takes long to work through. Reads only.
SELECT quote_ident(n.nspname) || '.' || quote_ident(c.relname)
FROM pg_catalog.pg_class AS c
INNER JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE n.nspname = ANY(%(schemas)s) AND c.relkind = 'r'
    AND (c.reltuples >= %(rows)s OR c.relpages::bigint * 8192 >= %(bytes)s)
