-- depends: spark_0033_settle_progress_conflicts
-- Why:  ON CONFLICT (student_id, lesson_id) does not work on a partitioned table, and a client must
--       not overwrite what another device learned meanwhile: one call inserts, updates, or settles
--       the conflict and logs it.
-- Lock: none, only new objects. Rollback loses: nothing.

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
            HINT = 'One of client_wins, server_wins, merge; NULL logs the conflict for somebody to '
                   'decide.';
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
                student_id, lesson_id, status, progress, time_spent, attempts, last_accessed,
                device_id
            ) VALUES (
                p_student_id, p_lesson_id, p_status, p_progress, p_time_spent, p_attempts,
                p_last_accessed, p_device_id
            ) RETURNING p.* INTO v_row;
            outcome := 'inserted';
            EXIT;
        EXCEPTION WHEN unique_violation THEN
            -- Another session was faster: see its row. A row that stays invisible is somebody
            -- else's.
            IF v_try = 5 THEN
                RAISE;
            END IF;
        END;
    END LOOP;

    IF outcome IS NULL
        AND (v_server.status, v_server.progress, v_server.time_spent, v_server.attempts)
        = (p_status, p_progress::numeric(5, 2), p_time_spent, p_attempts) THEN
        outcome := 'unchanged';
        v_row := v_server;
    ELSIF outcome IS NULL THEN
        outcome := CASE
            WHEN v_server.sync_version = p_base_version THEN 'updated'
            ELSE 'conflict'
        END;
        v_row := merge_progress(
            v_server, v_client, CASE outcome WHEN 'updated' THEN 'client_wins' ELSE p_strategy END
        );
        v_row := write_progress(v_server, v_row);
        IF outcome = 'conflict' THEN
            conflict_id := log_progress_conflict(
                v_server, v_client, v_row, p_strategy, p_base_version, p_sync_log_id
            );
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
'Inserts or updates a student''s progress in a lesson; what offline clients call. p_base_version '
'is the sync_version the client last saw: equal to the row''s, the client''s values are taken; '
'anything else is a conflict, settled by p_strategy (client_wins, server_wins, merge; NULL leaves '
'it open) and logged in sync_conflicts, under p_sync_log_id or a log of its own. Values equal to '
'the row''s change nothing. outcome: inserted, updated, unchanged or conflict; the rest is the row '
'as it is now. p_time_spent in seconds, p_progress in percent.';

GRANT EXECUTE ON FUNCTION
record_progress(
    uuid, uuid, progress_status, numeric, integer, integer, integer, text, timestamptz, text, uuid
)
TO authenticated_users, slate_services;
