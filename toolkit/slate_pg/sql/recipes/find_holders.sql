-- Columns made of a type, arrays and domains of it too: schema, relation, its kind, column, whether its type is the type
-- itself. Partitions follow their table and are left out. Reads only.
SELECT n.nspname, c.relname, c.relkind, a.attname, a.atttypid = %(type)s::oid
FROM pg_catalog.pg_attribute AS a
INNER JOIN pg_catalog.pg_class AS c ON c.oid = a.attrelid
INNER JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
INNER JOIN pg_catalog.pg_type AS t ON t.oid = a.atttypid
WHERE (t.oid = %(type)s::oid OR t.typelem = %(type)s::oid OR t.typbasetype = %(type)s::oid)
    AND a.attnum > 0 AND NOT a.attisdropped AND c.relkind IN ('r', 'p', 'm', 'v', 'c', 'f') AND NOT c.relispartition
ORDER BY n.nspname COLLATE "C", c.relname COLLATE "C", a.attnum
