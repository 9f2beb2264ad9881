-- Names of relations, constraints, types and functions that are taken in a schema. Reads only.
SELECT c.relname::text FROM pg_catalog.pg_class AS c
INNER JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace WHERE n.nspname = %(schema)s
UNION
SELECT k.conname::text FROM pg_catalog.pg_constraint AS k
INNER JOIN pg_catalog.pg_namespace AS n ON n.oid = k.connamespace WHERE n.nspname = %(schema)s
UNION
SELECT t.typname::text FROM pg_catalog.pg_type AS t
INNER JOIN pg_catalog.pg_namespace AS n ON n.oid = t.typnamespace WHERE n.nspname = %(schema)s
UNION
SELECT p.proname::text FROM pg_catalog.pg_proc AS p
INNER JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace WHERE n.nspname = %(schema)s
