-- depends: learning_0008_create_interactions
-- Why:  total_interactions must be right when many clients write at once, when a row moves to
--       another session and when one is deleted; and must not fall when retention removes rows.
-- Lock: brief on interactions and learning_sessions (new triggers). Rollback loses: nothing stored;
--       counts go stale.

-- SECURITY DEFINER: people may not write the count, and row security must not hide a session from
-- it.
CREATE FUNCTION count_interactions() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path FROM CURRENT
AS $$
DECLARE
    v_session_id uuid;
    v_change integer;
    v_others boolean;
BEGIN
    -- n + 1 on the locked row: concurrent writers add up instead of overwriting each other. One
    -- update a session, in the order of their ids, so that two bulk loads cannot lock each other
    -- out; by key, so that no plan made for one row reads the whole table for many, or the reverse.
    IF TG_LEVEL = 'ROW' THEN
        FOR v_session_id, v_change IN
            SELECT v.id, v.change
            FROM (VALUES (OLD.learning_session_id, -1), (NEW.learning_session_id, 1))
                AS v (id, change)
            ORDER BY v.id
        LOOP
            UPDATE learning_sessions SET total_interactions = total_interactions + v_change
            WHERE id = v_session_id;
        END LOOP;
    ELSIF TG_OP = 'INSERT' THEN
        -- One answer after another: no list is made where all is of one session.
        SELECT n.learning_session_id INTO v_session_id FROM new_rows AS n;
        SELECT count(*), bool_or(n.learning_session_id <> v_session_id) INTO v_change, v_others
        FROM new_rows AS n;
        IF NOT v_others THEN
            UPDATE learning_sessions SET total_interactions = total_interactions + v_change
            WHERE id = v_session_id;
            RETURN NULL;
        END IF;
        FOR v_session_id, v_change IN
            SELECT n.learning_session_id, count(*) FROM new_rows AS n GROUP BY 1 ORDER BY 1
        LOOP
            UPDATE learning_sessions SET total_interactions = total_interactions + v_change
            WHERE id = v_session_id;
        END LOOP;
    ELSE
        FOR v_session_id, v_change IN
            SELECT o.learning_session_id, count(*) FROM old_rows AS o GROUP BY 1 ORDER BY 1
        LOOP
            UPDATE learning_sessions
            SET total_interactions = greatest(total_interactions - v_change, 0)
            WHERE id = v_session_id;
        END LOOP;
    END IF;
    RETURN NULL;
END;
$$;

COMMENT ON FUNCTION count_interactions() IS
'Trigger of interactions: adds to learning_sessions.total_interactions what a statement inserted, '
'takes off what it deleted, and follows a row to another session. Locks the sessions concerned.';

CREATE TRIGGER interactions_add_to_count
AFTER INSERT ON interactions
REFERENCING NEW TABLE AS new_rows
FOR EACH STATEMENT EXECUTE FUNCTION count_interactions();

-- Retention is no change of mind: what a job removes was still done.
CREATE TRIGGER interactions_take_off_count
AFTER DELETE ON interactions
REFERENCING OLD TABLE AS old_rows
FOR EACH STATEMENT WHEN (NOT core.is_maintenance('interactions'))
EXECUTE FUNCTION count_interactions();

CREATE TRIGGER interactions_move_count
AFTER UPDATE OF learning_session_id ON interactions
FOR EACH ROW WHEN (NEW.learning_session_id <> OLD.learning_session_id)
EXECUTE FUNCTION count_interactions();

CREATE FUNCTION keep_interaction_count() RETURNS trigger
LANGUAGE plpgsql
SET search_path FROM CURRENT
AS $$
BEGIN
    NEW.total_interactions := CASE TG_OP WHEN 'UPDATE' THEN OLD.total_interactions ELSE 0 END;
    RETURN NEW;
END;
$$;

COMMENT ON FUNCTION keep_interaction_count() IS
'Row trigger of learning_sessions: the count is the database''s, whatever the caller wrote.';

-- An object mapper that saves a whole row would write back the count it once read. At depth 0 the
-- statement is a caller's; deeper it is count_interactions(). A restore runs as maintenance.
CREATE TRIGGER learning_sessions_start_at_zero
BEFORE INSERT ON learning_sessions
FOR EACH ROW WHEN (NEW.total_interactions <> 0 AND NOT core.is_maintenance('learning_sessions'))
EXECUTE FUNCTION keep_interaction_count();

CREATE TRIGGER learning_sessions_keep_count
BEFORE UPDATE OF total_interactions ON learning_sessions
FOR EACH ROW WHEN (
    NEW.total_interactions IS DISTINCT FROM OLD.total_interactions
    AND pg_trigger_depth() = 0
    AND NOT core.is_maintenance('learning_sessions')
) EXECUTE FUNCTION keep_interaction_count();
