-- depends: spark_0034_record_progress
-- Why:  a conflict logged without a strategy waits for a person or the back end to decide; a log
--       that is never processed must not wait for ever.
-- Lock: none, only new objects. Rollback loses: nothing.

CREATE FUNCTION resolve_sync_conflict(p_conflict_id uuid, p_strategy text) RETURNS jsonb
LANGUAGE plpgsql
SET search_path FROM CURRENT
AS $$
DECLARE
    v_conflict sync_conflicts;
    v_server student_progress;
    v_client student_progress;
    v_result jsonb;
BEGIN
    IF p_strategy IS NULL OR p_strategy NOT IN ('client_wins', 'server_wins', 'merge') THEN
        RAISE EXCEPTION 'strategy "%" is not known', p_strategy
            USING ERRCODE = 'invalid_parameter_value',
            HINT = 'One of client_wins, server_wins, merge.';
    END IF;
    SELECT * INTO v_conflict
    FROM sync_conflicts AS c
    WHERE c.id = p_conflict_id AND c.resolved_at IS NULL FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'no open conflict "%"', p_conflict_id
            USING ERRCODE = 'no_data_found', TABLE = 'sync_conflicts',
            HINT = 'It may have been resolved meanwhile.';
    END IF;

    IF v_conflict.entity_type = 'lesson_progress' THEN
        SELECT p.* INTO v_server
        FROM student_progress AS p
        INNER JOIN sync_logs AS l ON l.user_id = p.student_id
        WHERE p.id = v_conflict.entity_id AND l.id = v_conflict.sync_log_id
        FOR UPDATE OF p;
        IF FOUND THEN
            v_client := jsonb_populate_record(
                v_server, v_conflict.client_data - '{id,student_id,lesson_id}'::text[]
            );
            v_result := to_jsonb(
                write_progress(v_server, merge_progress(v_server, v_client, p_strategy))
            );
        END IF;
    END IF;
    v_result := coalesce(
        v_result,
        CASE p_strategy
            WHEN 'client_wins' THEN v_conflict.client_data
            WHEN 'server_wins' THEN v_conflict.server_data
            ELSE v_conflict.server_data || v_conflict.client_data
        END
    );

    UPDATE sync_conflicts
    SET resolution_strategy = p_strategy,
        resolved_data = v_result,
        resolved_at = now()
    WHERE id = p_conflict_id;
    RETURN v_result;
END;
$$;

COMMENT ON FUNCTION resolve_sync_conflict(uuid, text) IS
'Decides an open conflict: writes the progress as client_wins, server_wins or merge say, against '
'the row as it is now, and closes the conflict; the last one completes its log. Only progress of '
'the user who sent the log is written; any other is taken for gone. For a '
'quiz_submission only the decision is recorded: attempts are never overwritten. Returns the '
'resolved data. For the service.';

-- Definer, as the trigger of rows is.
CREATE FUNCTION close_emptied_logs() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path FROM CURRENT
AS $$
BEGIN
    -- All, not only those in conflict: a snapshot that is too old fails with 40001.
    UPDATE sync_logs AS l
    SET status = CASE WHEN l.status = 'CONFLICT' THEN 'COMPLETED' ELSE l.status END,
        processed_at = CASE WHEN l.status = 'CONFLICT' THEN now() ELSE l.processed_at END;
    RETURN NULL;
END;
$$;

COMMENT ON FUNCTION close_emptied_logs() IS
'AFTER TRUNCATE trigger of sync_conflicts: without conflicts no log is in CONFLICT.';

CREATE TRIGGER sync_conflicts_close_logs
AFTER TRUNCATE ON sync_conflicts
FOR EACH STATEMENT EXECUTE FUNCTION close_emptied_logs();

CREATE FUNCTION fail_stale_sync_logs(p_older_than interval DEFAULT '30 days') RETURNS integer
LANGUAGE plpgsql
SET search_path FROM CURRENT
AS $$
DECLARE
    v_count integer;
BEGIN
    UPDATE sync_logs
    SET status = 'FAILED',
        error_message = coalesce(error_message, 'not processed in time'),
        processed_at = now()
    WHERE status IN ('PENDING', 'PROCESSING') AND created_at < now() - p_older_than;
    GET DIAGNOSTICS v_count = ROW_COUNT;
    RETURN v_count;
END;
$$;

COMMENT ON FUNCTION fail_stale_sync_logs(interval) IS
'Marks logs FAILED that nobody processed in time, so that archiving takes them; returns how many.';

GRANT EXECUTE ON FUNCTION resolve_sync_conflict(uuid, text), fail_stale_sync_logs(interval)
TO slate_services;
