-- Whether a sequence has been used; no row where that may not be read. Reads only.
SELECT pg_catalog.pg_sequence_last_value(c.oid) IS NOT NULL
FROM pg_catalog.pg_class AS c
INNER JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE n.nspname = %(schema)s AND c.relname = %(name)s AND c.relkind = 'S'
    AND has_sequence_privilege(c.oid, 'SELECT, USAGE')
