-- One cheap question before a snapshot is used again: has anything been written since it was read?
-- Every change of a catalog writes WAL, and a transaction without an id has changed nothing.
SELECT
    CASE
        WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_insert_lsn()
    END::text AS position,
    pg_current_xact_id_if_assigned() IS NOT NULL AS has_written,
    current_schemas(true)::text[] AS path
