-- What a table's values look like, as far as this role may know: column, mean bytes, different values (of all rows as a
-- negative share), how far the order of the rows is that of the values, and whether they are too wide to be looked at: then
-- they lie aside, and the bytes are those of pointers. Reads only.
SELECT
    s.attname,
    s.avg_width,
    s.n_distinct::float8,
    coalesce(abs(s.correlation), 0)::float8,
    s.most_common_vals IS NULL AND s.histogram_bounds IS NULL AND s.null_frac < 1 AND s.avg_width >= 18
FROM pg_catalog.pg_stats AS s
INNER JOIN pg_catalog.pg_namespace AS n ON n.nspname = s.schemaname
INNER JOIN pg_catalog.pg_class AS c ON c.relnamespace = n.oid AND c.relname = s.tablename
WHERE s.schemaname = %(schema)s AND s.tablename = %(table)s AND s.inherited = (c.relkind = 'p')
