-- depends: vividly_0028_ask_row_security_once
-- Why:  progress follows what a student does, and nothing in the document says who writes it: a
--       view begins a topic, "mark complete" completes it, "make simpler" on a topic not yet
--       completed is a student who struggles.
-- Lock: brief on feedback (new trigger). Rollback loses: nothing.

CREATE FUNCTION record_view(
    p_student_id text, p_content_id text, p_seconds integer DEFAULT 0
) RETURNS integer
LANGUAGE plpgsql
SET search_path FROM CURRENT
AS $$
DECLARE
    v_views integer;
BEGIN
    IF p_seconds < 0 THEN
        RAISE EXCEPTION 'a view cannot last % seconds', p_seconds
            USING ERRCODE = 'check_violation', TABLE = 'student_progress',
            COLUMN = 'total_time_seconds',
            CONSTRAINT = 'student_progress_total_time_seconds_check';
    END IF;
    INSERT INTO student_progress AS sp (
        student_id, topic_id, status, view_count, last_viewed_at, content_id, total_time_seconds
    )
    SELECT p_student_id, gc.topic_id, 'in_progress', 1, CURRENT_TIMESTAMP, gc.id, p_seconds
    FROM generated_content AS gc
    WHERE gc.id = p_content_id
    ON CONFLICT (student_id, topic_id) DO UPDATE
    SET
        status = CASE WHEN sp.status = 'not_started' THEN 'in_progress' ELSE sp.status END,
        view_count = sp.view_count + 1,
        last_viewed_at = EXCLUDED.last_viewed_at,
        content_id = EXCLUDED.content_id,
        total_time_seconds = least(
            sp.total_time_seconds::bigint + EXCLUDED.total_time_seconds, 2147483647
        )
    RETURNING sp.view_count INTO v_views;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'content "%" does not exist', p_content_id
            USING ERRCODE = 'foreign_key_violation', TABLE = 'student_progress',
            COLUMN = 'content_id',
            CONSTRAINT = 'student_progress_content_id_fkey';
    END IF;
    RETURN v_views;
END;
$$;

COMMENT ON FUNCTION record_view(text, text, integer) IS
'A student watched a video for so many seconds: one view more, topic in progress unless it is '
'further. Returns the student''s views of the topic.';

GRANT EXECUTE ON FUNCTION record_view(text, text, integer) TO slate_services;

-- SECURITY DEFINER: a student gives feedback and may not write progress.
CREATE FUNCTION move_progress() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path FROM CURRENT
AS $$
BEGIN
    INSERT INTO student_progress AS sp (student_id, topic_id, status, content_id, completed_at)
    SELECT
        NEW.student_id, gc.topic_id,
        CASE NEW.feedback_type
            WHEN 'mark_complete' THEN 'completed' ELSE 'struggling'
        END::progress_status,
        gc.id, CASE NEW.feedback_type WHEN 'mark_complete' THEN NEW.created_at END
    FROM generated_content AS gc
    WHERE gc.id = NEW.content_id
    ON CONFLICT (student_id, topic_id) DO UPDATE
    SET
        status = EXCLUDED.status,
        content_id = CASE EXCLUDED.status
            WHEN 'completed' THEN EXCLUDED.content_id ELSE sp.content_id
        END,
        completed_at = coalesce(sp.completed_at, EXCLUDED.completed_at)
    WHERE sp.status <> 'completed';
    RETURN NULL;
END;
$$;

COMMENT ON FUNCTION move_progress() IS
'AFTER row trigger of feedback: mark_complete completes the topic of the video, make_simpler '
'makes it struggling; a completed topic stays completed.';

CREATE TRIGGER feedback_moves_progress
AFTER INSERT ON feedback
FOR EACH ROW WHEN (new.feedback_type IN ('mark_complete', 'make_simpler'))
EXECUTE FUNCTION move_progress();
