-- depends: learning_0018_delete_inactive_interactions
-- Why:  session_data is kept six months, then only what can be counted of it, as metrics of that
--       session.
-- Lock: none, only new objects. Rollback loses: nothing; what was folded stays folded.

CREATE FUNCTION record_session_metrics(p_session_id uuid) RETURNS integer
LANGUAGE plpgsql
SET search_path FROM CURRENT
AS $$
DECLARE
    v_written integer;
BEGIN
    -- The lock makes two callers take turns; the second finds the first one's rows.
    PERFORM FROM learning_sessions AS s WHERE s.id = p_session_id FOR NO KEY UPDATE;

    INSERT INTO progress_metrics (
        user_id, learning_session_id, metric_type, metric_value, metric_data,
        recorded_at, subject_area, aggregation_type
    )
    SELECT
        s.user_id, s.id, v.metric_type, v.metric_value,
        jsonb_build_object('session_type', s.session_type, 'answers', a.answers, 'timed', a.timed),
        coalesce(s.ended_at, s.started_at), m.subject_area, 'session'
    FROM learning_sessions AS s
    INNER JOIN study_materials AS m ON m.id = s.study_material_id
    CROSS JOIN LATERAL (
        SELECT
            count(i.is_correct) AS answers,
            avg(i.is_correct::integer) AS share_correct,
            count(i.response_time_ms) AS timed,
            avg(i.response_time_ms) AS mean_ms
        FROM interactions AS i
        WHERE i.learning_session_id = s.id
    ) AS a
    CROSS JOIN LATERAL (
        VALUES
        ('accuracy', a.share_correct),
        ('speed', a.mean_ms),
        -- What is still known when it is asked again.
        ('retention', CASE s.session_type WHEN 'review' THEN a.share_correct END)
    ) AS v (metric_type, metric_value)
    WHERE s.id = p_session_id AND v.metric_value IS NOT NULL
        AND NOT EXISTS (
            SELECT 1 FROM progress_metrics AS p
            WHERE p.learning_session_id = s.id AND p.aggregation_type = 'session'
        );
    GET DIAGNOSTICS v_written = ROW_COUNT;
    RETURN v_written;
END;
$$;

COMMENT ON FUNCTION record_session_metrics(uuid) IS
'Writes a session''s metrics from its interactions: accuracy (share correct), speed (mean ms), '
'for reviews also retention. Call it when a session ends; a second call writes nothing. Returns '
'how many rows it wrote.';

GRANT EXECUTE ON FUNCTION record_session_metrics(uuid) TO slate_services;

CREATE FUNCTION fold_session_data(
    p_before timestamptz DEFAULT now() - interval '6 months',
    p_limit integer DEFAULT 1000
) RETURNS TABLE (sessions_folded bigint, metrics_written bigint)
LANGUAGE plpgsql
SET search_path FROM CURRENT
AS $$
DECLARE
    v_session record;
    v_numbers jsonb;
BEGIN
    sessions_folded := 0;
    metrics_written := 0;
    FOR v_session IN
        SELECT s.*, coalesce(s.ended_at, s.started_at) AS over_at, m.subject_area
        FROM learning_sessions AS s
        INNER JOIN study_materials AS m ON m.id = s.study_material_id
        WHERE s.session_data IS NOT NULL AND coalesce(s.ended_at, s.started_at) < p_before
        ORDER BY coalesce(s.ended_at, s.started_at)
        LIMIT p_limit
        FOR NO KEY UPDATE OF s SKIP LOCKED
    LOOP
        -- The metric belongs to the month of the session, which may be older than this
        -- installation.
        IF NOT EXISTS (
            SELECT 1 FROM core.partition_bounds('progress_metrics') AS b
            WHERE v_session.over_at >= b.from_value AND v_session.over_at < b.to_value
        ) THEN
            PERFORM create_month_partitions('progress_metrics', 0, 0, v_session.over_at);
        END IF;
        metrics_written := metrics_written + record_session_metrics(v_session.id);

        SELECT coalesce(jsonb_object_agg(e.key, e.value), '{}') INTO v_numbers
        FROM jsonb_each(v_session.session_data) AS e
        WHERE jsonb_typeof(e.value) = 'number';

        UPDATE progress_metrics AS p
        SET metric_data = coalesce(p.metric_data, '{}')
            || jsonb_build_object('session_data', v_numbers)
        WHERE p.learning_session_id = v_session.id AND p.aggregation_type = 'session';
        IF NOT FOUND THEN
            -- Nothing was answered or timed: what is left to say is how far the learner came.
            INSERT INTO progress_metrics (
                user_id, learning_session_id, metric_type, metric_value, metric_data,
                recorded_at, subject_area, aggregation_type
            ) VALUES (
                v_session.user_id, v_session.id, 'retention', v_session.completion_percentage / 100,
                jsonb_build_object(
                    'session_type', v_session.session_type, 'session_data', v_numbers
                ),
                v_session.over_at, v_session.subject_area, 'completion'
            );
            metrics_written := metrics_written + 1;
        END IF;

        UPDATE learning_sessions SET session_data = NULL WHERE id = v_session.id;
        sessions_folded := sessions_folded + 1;
    END LOOP;
    RETURN NEXT;
END;
$$;

COMMENT ON FUNCTION fold_session_data(timestamptz, integer) IS
'Clears session_data of up to p_limit sessions that ended (or, never ended, began) before '
'p_before, oldest first; their metrics are recorded if they are not yet, and the numbers in '
'session_data go to metric_data. Skips sessions in use. Returns what it did; zeros when nothing '
'is due.';
