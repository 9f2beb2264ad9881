-- depends: vividly_0024_guard_roles
-- Why:  popularity is read on every screen, so it is kept, not counted. Statement triggers: an
--       upload or a deletion of a thousand rows changes each video once.
-- Lock: brief on student_progress (new triggers). Rollback loses: nothing; the counts stay as they
--       are.

-- SECURITY DEFINER: the counts move whoever watches or rates.
CREATE FUNCTION add_content_usage(
    p_content_ids text[],
    p_views bigint[],
    p_completions bigint[],
    p_ratings bigint[],
    p_stars bigint[]
) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER
SET search_path FROM CURRENT
-- a plan for each view and each star took longer than the change itself
SET plan_cache_mode = force_generic_plan
AS $$
BEGIN
    -- In the order of the ids, so that two statements about the same videos wait and do not
    -- deadlock.
    IF cardinality(p_content_ids) > 1 THEN
        PERFORM FROM generated_content AS gc WHERE gc.id = ANY (p_content_ids)
        ORDER BY gc.id FOR NO KEY UPDATE;
    END IF;
    UPDATE generated_content AS gc
    SET
        view_count = least(greatest(gc.view_count + a.views, 0), 2147483647),
        completion_count = greatest(gc.completion_count + a.completions, 0),
        rating_count = greatest(gc.rating_count + a.ratings, 0),
        rating_sum = greatest(gc.rating_sum + a.stars, 0),
        average_rating = CASE
            WHEN a.ratings = 0 AND a.stars = 0 THEN gc.average_rating
            ELSE round(
                (gc.rating_sum + a.stars)::numeric
                / nullif(greatest(gc.rating_count + a.ratings, 0), 0), 2
            )
        END
    FROM unnest(p_content_ids, p_views, p_completions, p_ratings, p_stars)
        AS a (content_id, views, completions, ratings, stars)
    WHERE gc.id = a.content_id;
END;
$$;

COMMENT ON FUNCTION add_content_usage(text[], bigint[], bigint[], bigint[], bigint[]) IS
'Adds to the statistics of generated_content, element by element; negative to take back. For the '
'triggers.';

-- SECURITY DEFINER: calls add_content_usage(), which nobody else may.
CREATE FUNCTION count_progress() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path FROM CURRENT
AS $$
DECLARE
    v_content_ids text[];
    v_views bigint[];
    v_completions bigint[];
    v_first text;
    v_last text;
    v_seen bigint;
    v_completed bigint;
BEGIN
    -- A transition table exists only for the events that have one, so each event has its own query.
    IF TG_OP = 'INSERT' THEN
        -- One view after another: no list is made where all is of one video.
        SELECT
            min(n.content_id), max(n.content_id), sum(n.view_count),
            count(*) FILTER (WHERE n.status = 'completed')
        INTO v_first, v_last, v_seen, v_completed
        FROM new_rows AS n
        WHERE n.content_id IS NOT NULL;
        IF v_first IS NULL OR v_seen = 0 AND v_completed = 0 THEN
            RETURN NULL;
        ELSIF v_first = v_last THEN
            UPDATE generated_content AS gc
            SET view_count = least(gc.view_count + v_seen, 2147483647),
                completion_count = gc.completion_count + v_completed
            WHERE gc.id = v_first;
            RETURN NULL;
        END IF;
        SELECT array_agg(n.content_id), array_agg(n.views), array_agg(n.completions)
        INTO v_content_ids, v_views, v_completions
        FROM (
            SELECT content_id, sum(view_count) AS views,
                count(*) FILTER (WHERE status = 'completed') AS completions
            FROM new_rows WHERE content_id IS NOT NULL GROUP BY content_id
        ) AS n
        WHERE n.views <> 0 OR n.completions <> 0;
    ELSIF TG_OP = 'DELETE' THEN
        SELECT array_agg(o.content_id), array_agg(-o.views), array_agg(-o.completions)
        INTO v_content_ids, v_views, v_completions
        FROM (
            SELECT content_id, sum(view_count) AS views,
                count(*) FILTER (WHERE status = 'completed') AS completions
            FROM old_rows WHERE content_id IS NOT NULL GROUP BY content_id
        ) AS o
        WHERE o.views <> 0 OR o.completions <> 0;
    ELSE
        SELECT array_agg(c.content_id), array_agg(c.views), array_agg(c.completions)
        INTO v_content_ids, v_views, v_completions
        FROM (
            SELECT r.content_id, sum(r.sign * r.view_count) AS views,
                sum(r.sign) FILTER (WHERE r.status = 'completed') AS completions
            FROM (
                SELECT 1 AS sign, content_id, view_count, status FROM new_rows
                UNION ALL
                SELECT -1, content_id, view_count, status FROM old_rows
            ) AS r
            WHERE r.content_id IS NOT NULL
            GROUP BY r.content_id
        ) AS c
        WHERE c.views <> 0 OR c.completions <> 0;
    END IF;
    IF v_content_ids IS NOT NULL THEN
        PERFORM add_content_usage(
            v_content_ids, v_views, ARRAY(SELECT coalesce(c, 0) FROM unnest(v_completions) AS c),
            array_fill(0::bigint, ARRAY[cardinality(v_content_ids)]),
            array_fill(0::bigint, ARRAY[cardinality(v_content_ids)])
        );
    END IF;
    RETURN NULL;
END;
$$;

COMMENT ON FUNCTION count_progress() IS
'AFTER statement trigger of student_progress: moves view_count and completion_count of '
'generated_content along.';

CREATE TRIGGER student_progress_counts_new_views
AFTER INSERT ON student_progress
REFERENCING NEW TABLE AS new_rows
FOR EACH STATEMENT EXECUTE FUNCTION count_progress();
CREATE TRIGGER student_progress_counts_changed_views
AFTER UPDATE ON student_progress
REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
FOR EACH STATEMENT EXECUTE FUNCTION count_progress();
CREATE TRIGGER student_progress_counts_gone_views
AFTER DELETE ON student_progress
REFERENCING OLD TABLE AS old_rows
FOR EACH STATEMENT EXECUTE FUNCTION count_progress();
