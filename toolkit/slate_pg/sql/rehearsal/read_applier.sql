-- Who would apply to a schema: the ledger's owner, else who is connected if he may, else the owner. Reads only.
SELECT coalesce(
    (
        SELECT pg_get_userbyid(c.relowner)
        FROM pg_catalog.pg_class AS c
        INNER JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
        WHERE n.nspname = %(schema)s AND c.relname IN ('_slate_ledger', '_slate_migration', '_yoyo_migration')
        ORDER BY c.relname
        LIMIT 1
    ),
    (
        SELECT CASE WHEN has_schema_privilege(n.oid, 'CREATE') THEN current_user
            ELSE nullif(pg_get_userbyid(n.nspowner), 'pg_database_owner') END
        FROM pg_catalog.pg_namespace AS n
        WHERE n.nspname = %(schema)s
    ),
    CASE WHEN has_database_privilege(current_database(), 'CREATE') THEN current_user END,
    (SELECT pg_get_userbyid(d.datdba) FROM pg_catalog.pg_database AS d WHERE d.datname = current_database())
)
