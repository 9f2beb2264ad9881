-- depends: learning_0025_state_retention
-- Why:  TRUNCATE fires no DELETE trigger: it would leave the counts and the taken ids of all that
--       is gone.
-- Lock: brief on interactions and progress_metrics (new triggers). Rollback loses: nothing.

-- SECURITY DEFINER: people may not write the count, nor anybody the keys.
CREATE FUNCTION take_off_all_interactions() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path FROM CURRENT
AS $$
BEGIN
    -- All sessions, not only those that lose a row: a snapshot that is too old fails with 40001.
    -- What retention removed before still counts.
    UPDATE learning_sessions AS s
    SET total_interactions = greatest(s.total_interactions - n.rows, 0)
    FROM (
        SELECT l.id, count(i.id)::integer AS rows
        FROM learning_sessions AS l
        LEFT JOIN interactions AS i ON i.learning_session_id = l.id
        GROUP BY l.id
    ) AS n
    WHERE s.id = n.id;
    RETURN NULL;
END;
$$;

COMMENT ON FUNCTION take_off_all_interactions() IS
'BEFORE TRUNCATE trigger of interactions: takes every row off its session''s count.';

CREATE TRIGGER interactions_take_all_off_count
BEFORE TRUNCATE ON interactions
FOR EACH STATEMENT WHEN (NOT core.is_maintenance('interactions'))
EXECUTE FUNCTION take_off_all_interactions();

CREATE FUNCTION free_all_ids() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path FROM CURRENT
AS $$
BEGIN
    -- TRUNCATE, because a DELETE sees the keys of the snapshot only.
    IF TG_TABLE_NAME = 'interactions' THEN
        TRUNCATE interaction_keys;
        INSERT INTO interaction_keys (id, created_at)
        SELECT a.id, a.created_at FROM interactions_archive AS a;
    ELSE
        TRUNCATE progress_metric_keys;
        INSERT INTO progress_metric_keys (id, recorded_at)
        SELECT a.id, a.recorded_at FROM progress_metrics_archive AS a;
    END IF;
    RETURN NULL;
END;
$$;

COMMENT ON FUNCTION free_all_ids() IS
'AFTER TRUNCATE trigger of interactions and progress_metrics: only archived ids stay taken.';

CREATE TRIGGER interactions_free_all_ids
AFTER TRUNCATE ON interactions
FOR EACH STATEMENT EXECUTE FUNCTION free_all_ids();

CREATE TRIGGER progress_metrics_free_all_ids
AFTER TRUNCATE ON progress_metrics
FOR EACH STATEMENT EXECUTE FUNCTION free_all_ids();
