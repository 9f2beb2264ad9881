-- why: a replication slot that nobody reads keeps WAL until the disk is full
SELECT
    'slot ' || s.slot_name,
    'inactive, keeps ' || pg_catalog.pg_size_pretty(pg_catalog.pg_wal_lsn_diff(pg_catalog.pg_current_wal_lsn(), s.restart_lsn)) || ' of WAL',
    format('SELECT pg_drop_replication_slot(%L);  -- if nobody comes back for it', s.slot_name)
FROM pg_catalog.pg_replication_slots AS s
WHERE NOT s.active AND s.restart_lsn IS NOT NULL AND NOT pg_catalog.pg_is_in_recovery() AND :schemas::text [] IS NOT NULL
