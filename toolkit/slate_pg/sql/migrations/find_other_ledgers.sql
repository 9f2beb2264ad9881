-- The tables that have the name of another tool's ledger, where such a tool keeps it for a schema, with their columns.
-- Tables only: reading a view runs what its owner wrote. Reads only.
SELECT n.nspname, c.relname, array_agg(a.attname::text ORDER BY a.attnum)
FROM pg_catalog.pg_class AS c
INNER JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
INNER JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE
    c.relkind = 'r'
    AND n.nspname IN (%(schema)s, 'graphile_migrate', 'sqitch', 'supabase_migrations')
    AND lower(c.relname) IN (
        'flyway_schema_history', 'goose_db_version', 'schema_migrations', '_sqlx_migrations', '_prisma_migrations',
        '__diesel_schema_migrations', 'pgmigrations', 'migrations', 'changes', 'alembic_version', 'django_migrations',
        'schema_migration', 'databasechangelog',
        'ar_internal_metadata'
    )
GROUP BY n.nspname, c.oid, c.relname
ORDER BY n.nspname, c.relname
