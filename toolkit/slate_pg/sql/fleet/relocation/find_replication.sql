-- What a server can do for replication: wal_level, free slots, free senders, workers, whether this role may use it, and whether it
-- is a superuser. Reads only.
SELECT
    pg_catalog.current_setting('wal_level'),
    pg_catalog.current_setting('max_replication_slots')::integer
    - (SELECT count(*)::integer FROM pg_catalog.pg_replication_slots),
    pg_catalog.current_setting('max_wal_senders')::integer
    - (SELECT count(*)::integer FROM pg_catalog.pg_stat_replication),
    pg_catalog.current_setting('max_logical_replication_workers')::integer,
    r.rolsuper OR r.rolreplication,
    r.rolsuper
FROM pg_catalog.pg_roles AS r
WHERE r.rolname = current_user
