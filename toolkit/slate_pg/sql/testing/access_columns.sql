-- Which columns of a relation a role may name in a command, by grants on the table and on the columns. Reads only.
SELECT p.command, array_agg(a.attname::text ORDER BY a.attnum)
FROM pg_catalog.pg_attribute AS a
CROSS JOIN (VALUES ('SELECT'), ('INSERT'), ('UPDATE')) AS p (command)
WHERE a.attrelid = %(relation)s::regclass AND a.attnum > 0 AND NOT a.attisdropped
    AND has_column_privilege(%(role)s, a.attrelid, a.attnum, p.command)
GROUP BY p.command
