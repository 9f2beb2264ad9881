-- The columns of a table's primary key, in its order. Reads only.
SELECT a.attname
FROM pg_catalog.pg_constraint AS k
INNER JOIN pg_catalog.pg_class AS c ON c.oid = k.conrelid
INNER JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
CROSS JOIN LATERAL unnest(k.conkey) WITH ORDINALITY AS u (number, place)
INNER JOIN pg_catalog.pg_attribute AS a ON a.attrelid = k.conrelid AND a.attnum = u.number
WHERE k.contype = 'p' AND n.nspname = %(schema)s AND c.relname = %(table)s
ORDER BY u.place
