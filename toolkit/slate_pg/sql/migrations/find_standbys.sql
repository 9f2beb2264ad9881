-- Who receives this server's WAL: its name, how far it has replayed, and how far this server has written, both in bytes.
-- What only receives (pg_receivewal, a base backup) replays nothing and is left out. A role without pg_read_all_stats
-- (pg_monitor has it) sees that there are some, and not how far they are. Reads only.
SELECT
    coalesce(nullif(application_name, ''), host(client_addr), 'a standby'),
    state IS NULL,
    pg_catalog.pg_wal_lsn_diff(replay_lsn, '0/0')::bigint,
    pg_catalog.pg_wal_lsn_diff(pg_catalog.pg_current_wal_lsn(), '0/0')::bigint
FROM pg_catalog.pg_stat_replication
WHERE state IS NULL OR (state IN ('streaming', 'catchup') AND replay_lsn IS NOT NULL)
