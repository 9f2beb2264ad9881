-- depends: spark_0035_resolve_sync_conflicts
-- Why:  sync_logs keeps 30 days. Deleting a log cascades to its conflicts, so they are archived
--       with it, and a log with an open conflict stays. Archived rows leave with their user, and
--       after a year.
-- Lock: none, only new objects. Rollback loses: the archives.

CREATE TABLE sync_logs_archive (LIKE sync_logs INCLUDING ALL);

ALTER TABLE sync_logs_archive
ADD CONSTRAINT sync_logs_archive_user_id_fkey
FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE;

COMMENT ON TABLE sync_logs_archive IS
'Logs older than 30 days, as they were; kept a year, or until the user is deleted.';

CREATE TABLE sync_conflicts_archive (LIKE sync_conflicts INCLUDING ALL);

ALTER TABLE sync_conflicts_archive
ADD CONSTRAINT sync_conflicts_archive_sync_log_id_fkey
FOREIGN KEY (sync_log_id) REFERENCES sync_logs_archive (id) ON DELETE CASCADE,
ADD CONSTRAINT sync_conflicts_archive_resolved_by_fkey
FOREIGN KEY (resolved_by) REFERENCES users (id) ON DELETE SET NULL;

COMMENT ON TABLE sync_conflicts_archive IS 'The conflicts of archived logs, as they were.';

CREATE FUNCTION archive_old_sync_logs() RETURNS integer
LANGUAGE plpgsql
SET search_path FROM CURRENT
AS $$
DECLARE
    v_ids uuid[];
BEGIN
    SELECT array_agg(l.id) INTO v_ids
    FROM (
        SELECT l.id
        FROM sync_logs AS l
        WHERE l.created_at < retention_start('sync_logs')
            AND l.status IN ('COMPLETED', 'FAILED')
            AND NOT EXISTS (
                SELECT 1
                FROM sync_conflicts AS c
                WHERE c.sync_log_id = l.id AND c.resolved_at IS NULL
            )
        FOR UPDATE SKIP LOCKED
    ) AS l;

    INSERT INTO sync_logs_archive (
        id, user_id, device_id, actions, status, processed_actions, failed_actions, conflicts,
        error_message, processed_at, created_at
    )
    SELECT
        l.id, l.user_id, l.device_id, l.actions, l.status, l.processed_actions, l.failed_actions,
        l.conflicts, l.error_message, l.processed_at, l.created_at
    FROM sync_logs AS l
    WHERE l.id = ANY (v_ids);

    INSERT INTO sync_conflicts_archive (
        id, sync_log_id, entity_type, entity_id, client_data, server_data, resolution_strategy,
        resolved_data, resolved_at, resolved_by, created_at
    )
    SELECT
        c.id, c.sync_log_id, c.entity_type, c.entity_id, c.client_data, c.server_data,
        c.resolution_strategy, c.resolved_data, c.resolved_at, c.resolved_by, c.created_at
    FROM sync_conflicts AS c
    WHERE c.sync_log_id = ANY (v_ids);

    DELETE FROM sync_logs WHERE id = ANY (v_ids);
    RETURN coalesce(cardinality(v_ids), 0);
END;
$$;

COMMENT ON FUNCTION archive_old_sync_logs() IS
'Moves COMPLETED and FAILED logs older than retention_settings say (30 whole UTC days at first), '
'without open conflicts, and their conflicts to the archives; returns how many logs. Rows that '
'another session holds are left for the next run.';

CREATE FUNCTION purge_sync_logs_archive(p_keep interval DEFAULT NULL) RETURNS integer
LANGUAGE plpgsql
SET search_path FROM CURRENT
AS $$
DECLARE
    v_count integer;
BEGIN
    DELETE FROM sync_logs_archive
    WHERE created_at < coalesce(now() - p_keep, retention_start('sync_logs_archive'));
    GET DIAGNOSTICS v_count = ROW_COUNT;
    RETURN v_count;
END;
$$;

COMMENT ON FUNCTION purge_sync_logs_archive(interval) IS
'Deletes archived logs older than p_keep, unless given as retention_settings say, with their '
'conflicts; returns how many logs.';

GRANT EXECUTE ON FUNCTION archive_old_sync_logs(), purge_sync_logs_archive(interval)
TO slate_services;

ALTER TABLE sync_logs_archive ENABLE ROW LEVEL SECURITY;
ALTER TABLE sync_conflicts_archive ENABLE ROW LEVEL SECURITY;

CREATE POLICY service_manages_all ON sync_logs_archive
FOR ALL TO slate_services
USING (true);

CREATE POLICY service_manages_all ON sync_conflicts_archive
FOR ALL TO slate_services
USING (true);

CREATE POLICY reader_reads_all ON sync_logs_archive
FOR SELECT TO slate_readers
USING (true);

CREATE POLICY reader_reads_all ON sync_conflicts_archive
FOR SELECT TO slate_readers
USING (true);

GRANT SELECT, INSERT, UPDATE, DELETE ON sync_logs_archive TO slate_services;
GRANT SELECT, INSERT, UPDATE, DELETE ON sync_conflicts_archive TO slate_services;
GRANT SELECT ON sync_logs_archive TO slate_readers;
GRANT SELECT ON sync_conflicts_archive TO slate_readers;
