-- depends: vividly_0026_count_content_ratings
-- Why:  kept counts are trusted only where they can be counted again: somebody always writes past a
--       trigger once, with a bulk load or a correction by hand.
-- Lock: none, only new objects. Rollback loses: nothing.

CREATE FUNCTION recount_content_usage() RETURNS bigint
LANGUAGE plpgsql
SET search_path FROM CURRENT
AS $$
DECLARE
    v_corrected bigint;
BEGIN
    -- Nobody adds while it counts; readers are not disturbed.
    LOCK TABLE student_progress, feedback IN SHARE MODE;
    UPDATE generated_content AS gc
    SET
        view_count = c.views, completion_count = c.completions,
        rating_count = c.ratings, rating_sum = c.stars,
        average_rating = round(c.stars::numeric / nullif(c.ratings, 0), 2)
    FROM (
        SELECT
            g.id, least(coalesce(p.views, 0), 2147483647) AS views,
            coalesce(p.completions, 0) AS completions,
            coalesce(f.ratings, 0) AS ratings, coalesce(f.stars, 0) AS stars
        FROM generated_content AS g
        LEFT JOIN (
            SELECT content_id, sum(view_count) AS views,
                count(*) FILTER (WHERE status = 'completed') AS completions
            FROM student_progress GROUP BY content_id
        ) AS p ON p.content_id = g.id
        LEFT JOIN (
            SELECT content_id, count(rating) AS ratings, sum(rating) AS stars FROM feedback
            GROUP BY content_id
        ) AS f ON f.content_id = g.id
    ) AS c
    WHERE gc.id = c.id
        AND (gc.view_count, gc.completion_count, gc.rating_count, gc.rating_sum, gc.average_rating)
        IS DISTINCT FROM
        (c.views, c.completions, c.ratings, c.stars,
            round(c.stars::numeric / nullif(c.ratings, 0), 2));
    GET DIAGNOSTICS v_corrected = ROW_COUNT;
    RETURN v_corrected;
END;
$$;

COMMENT ON FUNCTION recount_content_usage() IS
'Counts all statistics of generated_content anew; returns how many videos were wrong. 0 unless '
'somebody wrote the counts by hand or loaded with triggers off. Blocks writers of '
'student_progress and feedback while it runs.';
