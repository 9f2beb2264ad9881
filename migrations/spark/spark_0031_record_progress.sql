-- depends: spark_0030_create_sync_conflicts
-- Why:  ON CONFLICT (student_id, lesson_id) does not work on a partitioned table, and a client must not overwrite what
--       another device learned meanwhile: one call inserts, updates, or settles the conflict and logs it.
-- Lock: none, only new objects. Rollback loses: nothing.

CREATE FUNCTION merge_progress(p_server student_progress, p_client student_progress, p_strategy text)
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
            WHEN p_client.status = 'COMPLETED' THEN coalesce(p_client.completed_at, p_server.completed_at)
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
'The row after a conflict: server_wins keeps it, client_wins takes the client''s values, merge takes the further status, '
'the greater progress, time, attempts and access, the earlier start and completion. Writes nothing.';

CREATE FUNCTION record_progress(
    p_student_id uuid,
    p_lesson_id uuid,
    p_status progress_status,
    p_progress numeric DEFAULT 0,
    p_time_spent integer DEFAULT 0,
    p_attempts integer DEFAULT 0,
    p_base_version integer DEFAULT NULL,
    p_device_id text DEFAULT NULL,
    p_last_accessed timestamptz DEFAULT now(),
    p_strategy text DEFAULT 'merge',
    p_sync_log_id uuid DEFAULT NULL
) RETURNS TABLE (
    outcome text, progress_id uuid, sync_version integer, status progress_status, progress numeric,
    time_spent integer, attempts integer, conflict_id uuid
)
LANGUAGE plpgsql  -- as the caller: row security says who may write for whom
SET search_path FROM CURRENT
AS $$
#variable_conflict use_column
DECLARE
    v_server student_progress;
    v_client student_progress;
    v_row student_progress;
BEGIN
    IF p_strategy NOT IN ('client_wins', 'server_wins', 'merge') THEN
        RAISE EXCEPTION 'strategy "%" is not known', p_strategy
            USING ERRCODE = 'invalid_parameter_value',
            HINT = 'One of client_wins, server_wins, merge; NULL logs the conflict for somebody to decide.';
    END IF;
    v_client.student_id := p_student_id;
    v_client.lesson_id := p_lesson_id;
    v_client.status := p_status;
    v_client.progress := p_progress;
    v_client.time_spent := p_time_spent;
    v_client.attempts := p_attempts;
    v_client.last_accessed := p_last_accessed;
    v_client.device_id := p_device_id;

    FOR v_try IN 1..5 LOOP
        SELECT p.* INTO v_server FROM student_progress AS p
        WHERE p.student_id = p_student_id AND p.lesson_id = p_lesson_id
        FOR UPDATE;
        EXIT WHEN FOUND;
        BEGIN
            INSERT INTO student_progress AS p (
                student_id, lesson_id, status, progress, time_spent, attempts, last_accessed, device_id
            ) VALUES (
                p_student_id, p_lesson_id, p_status, p_progress, p_time_spent, p_attempts, p_last_accessed, p_device_id
            ) RETURNING p.* INTO v_row;
            outcome := 'inserted';
            EXIT;
        EXCEPTION WHEN unique_violation THEN
            -- Another session was faster: see its row. A row that stays invisible is somebody else's.
            IF v_try = 5 THEN
                RAISE;
            END IF;
        END;
    END LOOP;

    IF outcome IS NULL AND (v_server.status, v_server.progress, v_server.time_spent, v_server.attempts)
        = (p_status, p_progress::numeric(5, 2), p_time_spent, p_attempts) THEN
        outcome := 'unchanged';
        v_row := v_server;
    ELSIF outcome IS NULL THEN
        outcome := CASE WHEN v_server.sync_version = p_base_version THEN 'updated' ELSE 'conflict' END;
        v_row := merge_progress(v_server, v_client, CASE outcome WHEN 'updated' THEN 'client_wins' ELSE p_strategy END);
        v_row := write_progress(v_server, v_row);
        IF outcome = 'conflict' THEN
            conflict_id := log_progress_conflict(v_server, v_client, v_row, p_strategy, p_base_version, p_sync_log_id);
        END IF;
    END IF;

    progress_id := v_row.id;
    sync_version := v_row.sync_version;
    status := v_row.status;
    progress := v_row.progress;
    time_spent := v_row.time_spent;
    attempts := v_row.attempts;
    RETURN NEXT;
END;
$$;

COMMENT ON FUNCTION record_progress(
    uuid, uuid, progress_status, numeric, integer, integer, integer, text, timestamptz, text, uuid
) IS
'Inserts or updates a student''s progress in a lesson; what offline clients call. p_base_version is the sync_version the '
'client last saw: equal to the row''s, the client''s values are taken; anything else is a conflict, settled by '
'p_strategy (client_wins, server_wins, merge; NULL leaves it open) and logged in sync_conflicts, under p_sync_log_id or '
'a log of its own. Values equal to the row''s change nothing. outcome: inserted, updated, unchanged or conflict; the '
'rest is the row as it is now. p_time_spent in seconds, p_progress in percent.';

CREATE FUNCTION write_progress(p_old student_progress, p_new student_progress) RETURNS student_progress
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
    SET status = p_new.status, progress = p_new.progress, time_spent = p_new.time_spent, attempts = p_new.attempts,
        last_accessed = p_new.last_accessed, started_at = p_new.started_at, completed_at = p_new.completed_at,
        device_id = p_new.device_id
    WHERE p.id = p_old.id AND p.last_accessed = p_old.last_accessed
    RETURNING p.* INTO v_row;
    RETURN v_row;
END;
$$;

COMMENT ON FUNCTION write_progress(student_progress, student_progress) IS
'Writes a settled row over the row it was made from, moving it to another year if need be; returns it as stored.';

CREATE FUNCTION log_progress_conflict(
    p_server student_progress, p_client student_progress, p_result student_progress, p_strategy text,
    p_base_version integer, p_sync_log_id uuid
) RETURNS uuid
LANGUAGE plpgsql
SET search_path FROM CURRENT
AS $$
DECLARE
    v_client jsonb := jsonb_strip_nulls(to_jsonb(p_client)) || jsonb_build_object('base_version', p_base_version);
    v_log_id uuid := coalesce(p_sync_log_id, gen_random_uuid());
    v_id uuid;
BEGIN
    IF p_sync_log_id IS NULL THEN
        INSERT INTO sync_logs (id, user_id, device_id, actions, status, processed_actions, processed_at)
        VALUES (
            v_log_id, p_client.student_id, coalesce(p_client.device_id, 'unknown'), jsonb_build_array(v_client),
            'COMPLETED', 1, now()
        );
    END IF;
    INSERT INTO sync_conflicts (
        sync_log_id, entity_type, entity_id, client_data, server_data, resolution_strategy, resolved_data, resolved_at,
        resolved_by
    ) VALUES (
        v_log_id, 'lesson_progress', p_server.id, v_client, to_jsonb(p_server), p_strategy,
        CASE WHEN p_strategy IS NOT NULL THEN to_jsonb(p_result) END,
        CASE WHEN p_strategy IS NOT NULL THEN now() END,
        CASE WHEN p_strategy IS NOT NULL THEN current_user_id() END
    ) RETURNING id INTO v_id;
    RETURN v_id;
END;
$$;

COMMENT ON FUNCTION log_progress_conflict(
    student_progress, student_progress, student_progress, text, integer, uuid
) IS 'Writes a conflict of record_progress(), with a log of its own where none is given; returns the conflict''s id.';

GRANT EXECUTE ON FUNCTION
merge_progress(student_progress, student_progress, text),
record_progress(uuid, uuid, progress_status, numeric, integer, integer, integer, text, timestamptz, text, uuid),
write_progress(student_progress, student_progress),
log_progress_conflict(student_progress, student_progress, student_progress, text, integer, uuid)
TO authenticated_users, spark_service;
