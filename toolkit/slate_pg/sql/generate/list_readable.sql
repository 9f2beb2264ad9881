-- Columns that a role may read, of tables in schemas that it may use.
SELECT
    a.attrelid::bigint AS relation,
    a.attname::text AS name
FROM pg_catalog.pg_attribute AS a
INNER JOIN pg_catalog.pg_class AS c ON c.oid = a.attrelid AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
INNER JOIN pg_catalog.pg_roles AS r ON r.rolname = %s::text
WHERE a.attnum > 0 AND NOT a.attisdropped
    AND pg_catalog.has_schema_privilege(r.oid, c.relnamespace, 'USAGE')
    AND pg_catalog.has_column_privilege(r.oid, a.attrelid, a.attnum, 'SELECT');
