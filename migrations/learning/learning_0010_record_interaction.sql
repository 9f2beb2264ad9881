-- depends: learning_0009_count_interactions
-- Why:  a client that repeats a request would write ON CONFLICT (id), which a table cut by month
--       has no index for.
-- Lock: none, only new objects. Rollback loses: nothing.

CREATE FUNCTION record_interaction(
    p_id uuid,
    p_learning_session_id uuid,
    p_interaction_type text,
    p_interaction_data jsonb,
    p_generated_asset_id uuid DEFAULT NULL,
    p_is_correct boolean DEFAULT NULL,
    p_response_time_ms integer DEFAULT NULL,
    p_confidence_level double precision DEFAULT NULL,
    p_feedback_data jsonb DEFAULT NULL
) RETURNS interactions
LANGUAGE plpgsql
SET search_path FROM CURRENT
AS $$
DECLARE
    v_row interactions;
BEGIN
    INSERT INTO interactions (
        id, learning_session_id, generated_asset_id, user_id, interaction_type, interaction_data,
        is_correct, response_time_ms, confidence_level, feedback_data
    )
    SELECT
        coalesce(p_id, gen_random_uuid()), s.id, p_generated_asset_id, s.user_id,
        p_interaction_type, p_interaction_data, p_is_correct, p_response_time_ms,
        p_confidence_level, p_feedback_data
    FROM learning_sessions AS s
    WHERE s.id = p_learning_session_id
    RETURNING * INTO v_row;

    IF v_row.id IS NULL THEN
        RAISE EXCEPTION 'learning session "%" does not exist', p_learning_session_id
            USING ERRCODE = 'foreign_key_violation', TABLE = 'interactions',
            CONSTRAINT = 'interactions_learning_session_id_fkey';
    END IF;
    RETURN v_row;
EXCEPTION WHEN unique_violation THEN
    -- Only the same session counts as a repetition; an id that somebody else took is a conflict.
    SELECT * INTO v_row
    FROM interactions AS i
    WHERE i.id = p_id AND i.learning_session_id = p_learning_session_id;
    IF v_row.id IS NULL THEN
        RAISE EXCEPTION 'interaction "%" exists already, in another session', p_id
            USING ERRCODE = 'unique_violation', TABLE = 'interactions',
            CONSTRAINT = 'interaction_keys_pkey',
            HINT = 'Draw a new id, or leave it NULL.';
    END IF;
    RETURN v_row;
END;
$$;

COMMENT ON FUNCTION record_interaction(
    uuid, uuid, text, jsonb, uuid, boolean, integer, double precision, jsonb
) IS
'Inserts one interaction for the session''s user. Called again with the same id and session it '
'changes nothing and returns the row that is there; an id taken elsewhere is 23505, an unknown or '
'hidden session 23503.';

GRANT EXECUTE ON FUNCTION
record_interaction(uuid, uuid, text, jsonb, uuid, boolean, integer, double precision, jsonb)
TO authenticated_users, slate_services;
