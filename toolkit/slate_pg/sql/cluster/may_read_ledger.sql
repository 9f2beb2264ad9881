-- Whether an installation's ledger may be read by this role. Reads only.
SELECT pg_catalog.has_schema_privilege(n.oid, 'USAGE') AND bool_and(has_table_privilege(c.oid, 'SELECT'))
FROM pg_catalog.pg_namespace AS n
INNER JOIN pg_catalog.pg_class AS c ON c.relnamespace = n.oid
WHERE n.nspname = %s AND c.relname ~ '^_(slate|yoyo)_' AND c.relkind IN ('r', 'v')
GROUP BY n.oid
