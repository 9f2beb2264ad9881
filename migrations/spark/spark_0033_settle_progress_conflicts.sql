-- depends: spark_0032_create_sync_conflicts
-- Why:  what client_wins, server_wins and merge mean for one row of progress, and where the
--       disagreement is written. record_progress() and resolve_sync_conflict() both settle by
--       these.
-- Lock: none, only new objects. Rollback loses: nothing.

CREATE FUNCTION merge_progress(
    p_server student_progress, p_client student_progress, p_strategy text
)
RETURNS student_progress
LANGUAGE plpgsql IMMUTABLE
SET search_path FROM CURRENT
AS $$
DECLARE
    v_ranks CONSTANT progress_status[] := '{LOCKED,NOT_STARTED,IN_PROGRESS,COMPLETED}';
    v_row student_progress := p_server;
BEGIN
    IF p_strategy = 'server_wins' OR p_strategy IS NULL THEN
        RETURN v_row;
    END IF;
    v_row.device_id := coalesce(p_client.device_id, p_server.device_id);
    v_row.started_at := least(p_server.started_at, p_client.started_at);
    IF p_strategy = 'client_wins' THEN
        v_row.status := p_client.status;
        v_row.progress := p_client.progress;
        v_row.time_spent := p_client.time_spent;
        v_row.attempts := p_client.attempts;
        v_row.last_accessed := p_client.last_accessed;
        v_row.completed_at := CASE
            WHEN p_client.status = 'COMPLETED'
                THEN coalesce(p_client.completed_at, p_server.completed_at)
        END;
        RETURN v_row;
    END IF;
    v_row.status := v_ranks[greatest(
        array_position(v_ranks, p_server.status), array_position(v_ranks, p_client.status)
    )];
    v_row.progress := greatest(p_server.progress, p_client.progress);
    v_row.time_spent := greatest(p_server.time_spent, p_client.time_spent);
    v_row.attempts := greatest(p_server.attempts, p_client.attempts);
    v_row.last_accessed := greatest(p_server.last_accessed, p_client.last_accessed);
    v_row.completed_at := least(p_server.completed_at, p_client.completed_at);
    RETURN v_row;
END;
$$;

COMMENT ON FUNCTION merge_progress(student_progress, student_progress, text) IS
'The row after a conflict: server_wins keeps it, client_wins takes the client''s values, merge '
'takes the further status, the greater progress, time, attempts and access, the earlier start and '
'completion. Writes nothing.';

CREATE FUNCTION write_progress(
    p_old student_progress, p_new student_progress
) RETURNS student_progress
LANGUAGE plpgsql
SET search_path FROM CURRENT
AS $$
DECLARE
    v_row student_progress;
BEGIN
    IF p_new IS NOT DISTINCT FROM p_old THEN
        RETURN p_old;
    END IF;
    UPDATE student_progress AS p
    SET status = p_new.status,
        progress = p_new.progress, time_spent = p_new.time_spent, attempts = p_new.attempts,
        last_accessed = p_new.last_accessed,
        started_at = p_new.started_at,
        completed_at = p_new.completed_at, device_id = p_new.device_id
    WHERE p.id = p_old.id AND p.last_accessed = p_old.last_accessed
    RETURNING p.* INTO v_row;
    RETURN v_row;
END;
$$;

COMMENT ON FUNCTION write_progress(student_progress, student_progress) IS
'Writes a settled row over the row it was made from, moving it to another year if need be; returns '
'it as stored.';

CREATE FUNCTION log_progress_conflict(
    p_server student_progress, p_client student_progress, p_result student_progress,
    p_strategy text, p_base_version integer, p_sync_log_id uuid
) RETURNS uuid
LANGUAGE plpgsql
SET search_path FROM CURRENT
AS $$
DECLARE
    v_client jsonb := jsonb_strip_nulls(to_jsonb(p_client)) || jsonb_build_object(
        'base_version', p_base_version
    );
    v_log_id uuid := coalesce(p_sync_log_id, gen_random_uuid());
    v_id uuid;
BEGIN
    IF p_sync_log_id IS NULL THEN
        INSERT INTO sync_logs (
            id, user_id, device_id, actions, status, processed_actions, processed_at
        )
        VALUES (
            v_log_id, p_client.student_id, coalesce(p_client.device_id, 'unknown'),
            jsonb_build_array(v_client), 'COMPLETED', 1, now()
        );
    END IF;
    INSERT INTO sync_conflicts (
        sync_log_id, entity_type, entity_id, client_data, server_data, resolution_strategy,
        resolved_data, resolved_at
    ) VALUES (
        v_log_id, 'lesson_progress', p_server.id, v_client, to_jsonb(p_server), p_strategy,
        CASE WHEN p_strategy IS NOT NULL THEN to_jsonb(p_result) END,
        CASE WHEN p_strategy IS NOT NULL THEN now() END
    ) RETURNING id INTO v_id;
    RETURN v_id;
END;
$$;

COMMENT ON FUNCTION log_progress_conflict(
    student_progress, student_progress, student_progress, text, integer, uuid
) IS
'Writes a conflict of record_progress(), with a log of its own where none is given; returns the '
'conflict''s id.';

GRANT EXECUTE ON FUNCTION
merge_progress(student_progress, student_progress, text),
write_progress(student_progress, student_progress),
log_progress_conflict(student_progress, student_progress, student_progress, text, integer, uuid)
TO authenticated_users, slate_services;
