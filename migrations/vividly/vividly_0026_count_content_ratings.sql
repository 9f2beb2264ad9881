-- depends: vividly_0025_count_content_views
-- Why:  the average of the stars is shown beside every video: it moves with each rating, also when
--       one is changed or deleted.
-- Lock: brief on feedback (new triggers). Rollback loses: nothing; the counts stay as they are.

-- SECURITY DEFINER: calls add_content_usage(), which nobody else may.
CREATE FUNCTION count_ratings() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path FROM CURRENT
AS $$
DECLARE
    v_content_ids text[];
    v_ratings bigint[];
    v_stars bigint[];
BEGIN
    IF TG_OP = 'INSERT' THEN
        SELECT array_agg(n.content_id), array_agg(n.ratings), array_agg(n.stars)
        INTO v_content_ids, v_ratings, v_stars
        FROM (
            SELECT content_id, count(rating) AS ratings, sum(rating) AS stars
            FROM new_rows WHERE rating IS NOT NULL GROUP BY content_id
        ) AS n;
    ELSIF TG_OP = 'DELETE' THEN
        SELECT array_agg(o.content_id), array_agg(-o.ratings), array_agg(-o.stars)
        INTO v_content_ids, v_ratings, v_stars
        FROM (
            SELECT content_id, count(rating) AS ratings, sum(rating) AS stars
            FROM old_rows WHERE rating IS NOT NULL GROUP BY content_id
        ) AS o;
    ELSE
        SELECT array_agg(c.content_id), array_agg(c.ratings), array_agg(c.stars)
        INTO v_content_ids, v_ratings, v_stars
        FROM (
            SELECT r.content_id, sum(r.sign) AS ratings, sum(r.sign * r.rating) AS stars
            FROM (
                SELECT 1 AS sign, content_id, rating FROM new_rows
                UNION ALL
                SELECT -1, content_id, rating FROM old_rows
            ) AS r
            WHERE r.rating IS NOT NULL
            GROUP BY r.content_id
        ) AS c
        WHERE c.ratings <> 0 OR c.stars <> 0;
    END IF;
    IF v_content_ids IS NOT NULL THEN
        PERFORM add_content_usage(
            v_content_ids,
            array_fill(0::bigint, ARRAY[cardinality(v_content_ids)]),
            array_fill(0::bigint, ARRAY[cardinality(v_content_ids)]),
            v_ratings, v_stars
        );
    END IF;
    RETURN NULL;
END;
$$;

COMMENT ON FUNCTION count_ratings() IS
'AFTER statement trigger of feedback: moves average_rating, rating_count and rating_sum of '
'generated_content along.';

CREATE TRIGGER feedback_counts_new_ratings
AFTER INSERT ON feedback
REFERENCING NEW TABLE AS new_rows
FOR EACH STATEMENT EXECUTE FUNCTION count_ratings();
CREATE TRIGGER feedback_counts_changed_ratings
AFTER UPDATE ON feedback
REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
FOR EACH STATEMENT EXECUTE FUNCTION count_ratings();
CREATE TRIGGER feedback_counts_gone_ratings
AFTER DELETE ON feedback
REFERENCING OLD TABLE AS old_rows
FOR EACH STATEMENT EXECUTE FUNCTION count_ratings();
