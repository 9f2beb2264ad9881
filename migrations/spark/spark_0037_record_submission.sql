-- depends: spark_0036_archive_sync_logs
-- Why:  an offline client sends a submission until it hears an answer: the second time must change
--       nothing.
-- Lock: none, only new objects. Rollback loses: nothing.

CREATE FUNCTION record_submission(
    p_id uuid,
    p_student_id uuid,
    p_quiz_id uuid,
    p_answers jsonb,
    p_time_spent integer,
    p_is_final boolean DEFAULT false,
    p_submitted_at timestamptz DEFAULT now(),
    p_device_id text DEFAULT NULL
) RETURNS TABLE (outcome text, submission_id uuid, attempt integer, max_score integer,
sync_version integer)
LANGUAGE plpgsql  -- as the caller: row security says who may hand in for whom
SET search_path FROM CURRENT
AS $$
#variable_conflict use_column
BEGIN
    FOR v_try IN 1..2 LOOP
        SELECT 'unchanged', s.id, s.attempt, s.max_score, s.sync_version
        INTO outcome, submission_id, attempt, max_score, sync_version
        FROM submissions AS s
        WHERE s.id = p_id AND s.student_id = p_student_id AND s.quiz_id = p_quiz_id;
        EXIT WHEN FOUND;
        BEGIN
            INSERT INTO submissions AS s (
                id, student_id, quiz_id, answers, time_spent, is_final, submitted_at, device_id
            ) VALUES (
                p_id, p_student_id, p_quiz_id, p_answers, p_time_spent, p_is_final, p_submitted_at,
                p_device_id
            ) RETURNING 'inserted', s.id, s.attempt, s.max_score, s.sync_version
            INTO outcome, submission_id, attempt, max_score, sync_version;
            EXIT;
        EXCEPTION WHEN unique_violation THEN
            -- Sent twice at once: the other session's row is there now. Anything else stays an
            -- error.
            IF v_try = 2 THEN
                RAISE;
            END IF;
        END;
    END LOOP;
    RETURN NEXT;
END;
$$;

COMMENT ON FUNCTION record_submission(
    uuid, uuid, uuid, jsonb, integer, boolean, timestamptz, text
) IS
'Hands in a quiz under an id the client made; what offline clients call. The same id again returns '
'the stored row as "unchanged". Numbers the attempt, computes max_score. 23514 when no attempt is '
'left, 23505 for a second final. p_time_spent in seconds.';

GRANT EXECUTE ON FUNCTION record_submission(
    uuid, uuid, uuid, jsonb, integer, boolean, timestamptz, text
)
TO authenticated_users, slate_services;
