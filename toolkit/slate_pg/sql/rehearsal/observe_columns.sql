-- Columns that hold data of their own, by table and number: name, type, modifier. Reads only.
SELECT a.attrelid, a.attnum, a.attname, format_type(a.atttypid, NULL), a.atttypmod
FROM pg_catalog.pg_attribute AS a
INNER JOIN pg_catalog.pg_class AS c ON c.oid = a.attrelid
INNER JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p') AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
    AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
