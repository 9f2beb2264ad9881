-- The triggers that refuse writes for an installation: schema and name of each's table. Partitions have none of their
-- parent's, for these are triggers of statements. Reads only.
SELECT n.nspname, c.relname
FROM pg_catalog.pg_trigger AS t
INNER JOIN pg_catalog.pg_proc AS p ON p.oid = t.tgfoid
INNER JOIN pg_catalog.pg_namespace AS s ON s.oid = p.pronamespace
INNER JOIN pg_catalog.pg_class AS c ON c.oid = t.tgrelid
INNER JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE s.nspname = %(schema)s AND p.proname = '_slate_read_only' AND t.tgname = '_slate_read_only'
ORDER BY n.nspname COLLATE "C", c.relname COLLATE "C"
