-- For each temporary table and sequence that this role may read: its name, and a query for a digest of what it holds.
-- Reads only.
SELECT
    'rows of temporary relation ' || c.relname,
    CASE c.relkind
        WHEN 'S' THEN pg_catalog.format('SELECT pg_catalog.concat(last_value, is_called) FROM pg_temp.%I', c.relname)
        ELSE pg_catalog.format(
            'SELECT pg_catalog.concat(pg_catalog.count(*), '' '', '
            'pg_catalog.sum(pg_catalog.hashtextextended(x::pg_catalog.text, 0))) FROM pg_temp.%I AS x', c.relname
        )
    END
FROM pg_catalog.pg_class AS c
WHERE
    c.relnamespace = pg_catalog.pg_my_temp_schema() AND c.relkind IN ('r', 'm', 'S')
    AND pg_catalog.has_table_privilege(c.oid, 'SELECT')
