-- The table of a backfill as the path finds it: its oid, kind, name with its schema, and what tells this database from
-- every other, for a restored copy has another table of that oid. Reads only.
SELECT
    c.oid::bigint,
    c.relkind,
    pg_catalog.format('%%I.%%I', n.nspname, c.relname),
    pg_catalog.concat_ws('/', s.system_identifier, d.oid)
FROM pg_catalog.pg_class AS c
INNER JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
INNER JOIN pg_catalog.pg_database AS d ON d.datname = pg_catalog.current_database()
CROSS JOIN pg_catalog.pg_control_system() AS s
WHERE c.oid = pg_catalog.to_regclass(%(name)s)
