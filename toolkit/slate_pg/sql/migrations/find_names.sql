-- Every name that a statement of this schema may have meant: relations, types and roles. Reads only.
SELECT c.relname FROM pg_catalog.pg_class AS c
INNER JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace WHERE n.nspname = %(schema)s
UNION SELECT t.typname FROM pg_catalog.pg_type AS t
INNER JOIN pg_catalog.pg_namespace AS n ON n.oid = t.typnamespace WHERE n.nspname = %(schema)s
UNION SELECT r.rolname FROM pg_catalog.pg_roles AS r
