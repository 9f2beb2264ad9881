-- An enum by its name in a schema: its oid and each label in order. Reads only.
SELECT t.oid::bigint, e.enumlabel
FROM pg_catalog.pg_type AS t
INNER JOIN pg_catalog.pg_namespace AS n ON n.oid = t.typnamespace
INNER JOIN pg_catalog.pg_enum AS e ON e.enumtypid = t.oid
WHERE n.nspname = %(schema)s AND t.typname = %(name)s
ORDER BY e.enumsortorder
