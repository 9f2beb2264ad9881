-- depends: spark_0042_create_guild_quests
-- Why:  badges say in data what they are for. Whatever the grammar does not know is not met: a typo
--       gives no badge.
-- Lock: none, only new objects. Rollback loses: nothing.

CREATE FUNCTION badge_metric(p_user_id uuid, p_metric text) RETURNS bigint
LANGUAGE plpgsql STABLE
SET search_path FROM CURRENT
AS $$
BEGIN
    CASE p_metric
        WHEN 'xp_points', 'level', 'streak', 'total_time_spent' THEN
            RETURN (
                SELECT (to_jsonb(p) ->> p_metric)::bigint
                FROM profiles AS p
                WHERE p.user_id = p_user_id
            );
        WHEN 'lessons_completed' THEN
            RETURN (
                SELECT count(*)
                FROM student_progress AS p
                WHERE p.student_id = p_user_id AND p.status = 'COMPLETED'
            );
        WHEN 'quizzes_passed' THEN
            RETURN (
                SELECT count(DISTINCT s.quiz_id)
                FROM submissions AS s
                INNER JOIN quizzes AS q ON q.id = s.quiz_id
                WHERE s.student_id = p_user_id AND s.score >= q.passing_score
            );
        WHEN 'perfect_scores' THEN
            RETURN (
                SELECT count(DISTINCT s.quiz_id)
                FROM submissions AS s
                WHERE s.student_id = p_user_id AND s.score = 100
            );
        WHEN 'assignments_submitted' THEN
            RETURN (
                SELECT count(*) FROM assignment_submissions AS a WHERE a.student_id = p_user_id
            );
        WHEN 'badges_earned' THEN
            RETURN (SELECT count(*) FROM earned_badges AS e WHERE e.user_id = p_user_id);
        WHEN 'quests_completed' THEN
            RETURN (
                SELECT count(*)
                FROM achievements AS a
                WHERE a.student_id = p_user_id AND a.type = 'QUEST_COMPLETION'
            );
        WHEN 'guilds_joined' THEN
            RETURN (SELECT count(*) FROM guild_memberships AS m WHERE m.student_id = p_user_id);
        ELSE
            RETURN NULL;
    END CASE;
END;
$$;

COMMENT ON FUNCTION badge_metric(uuid, text) IS
'The user''s value of a metric; NULL for one the grammar does not know.';

CREATE FUNCTION evaluate_badge_criteria(p_user_id uuid, p_criteria jsonb) RETURNS boolean
LANGUAGE plpgsql STABLE
SET search_path FROM CURRENT
AS $$
DECLARE
    v_key text;
    v_value jsonb;
BEGIN
    IF p_user_id IS NULL OR jsonb_typeof(p_criteria) IS DISTINCT FROM 'object' OR p_criteria = '{}'
    THEN
        RETURN false;
    END IF;
    FOR v_key, v_value IN SELECT c.key, c.value FROM jsonb_each(p_criteria) AS c LOOP
        IF v_key = 'any' THEN
            IF jsonb_typeof(v_value) <> 'array' OR NOT EXISTS (
                SELECT 1
                FROM jsonb_array_elements(v_value) AS a
                WHERE evaluate_badge_criteria(p_user_id, a.value)
            ) THEN
                RETURN false;
            END IF;
        ELSIF jsonb_typeof(v_value) <> 'number'
            OR coalesce(badge_metric(p_user_id, v_key) < (v_value #>> '{}')::numeric, true) THEN
            RETURN false;
        END IF;
    END LOOP;
    RETURN true;
END;
$$;

COMMENT ON FUNCTION evaluate_badge_criteria(uuid, jsonb) IS
'Whether a user meets criteria. An object of metrics with the least value each, all of which must '
'hold: xp_points, level, streak, total_time_spent (seconds), lessons_completed, quizzes_passed, '
'perfect_scores, assignments_submitted, badges_earned, quests_completed, guilds_joined. "any": '
'[criteria, …] holds when one of them does. {}, unknown metrics and values that are no numbers '
'give false. Sees what the caller may see. Reads only.';

CREATE FUNCTION check_badge_eligibility(user_id_param uuid) RETURNS TABLE (
    badge_id uuid, badge_name varchar
)
LANGUAGE plpgsql STABLE
SET search_path FROM CURRENT
AS $$
BEGIN
    RETURN QUERY
    SELECT b.id, b.name
    FROM badges AS b
    WHERE b.is_active
        AND NOT EXISTS (
            SELECT 1 FROM earned_badges AS e WHERE e.user_id = user_id_param AND e.badge_id = b.id
        )
        AND evaluate_badge_criteria(user_id_param, b.criteria)
    ORDER BY b.name;
END;
$$;

COMMENT ON FUNCTION check_badge_eligibility(uuid) IS
'The active badges a user has not earned and meets the criteria of. Awards nothing: award_badges() '
'does. Reads only.';

CREATE FUNCTION award_badges(p_user_id uuid) RETURNS TABLE (badge_id uuid, badge_name varchar)
LANGUAGE plpgsql
SET search_path FROM CURRENT
AS $$
#variable_conflict use_column
BEGIN
    -- A reward may reach the next badge's threshold: ask again until nothing new is met.
    LOOP
        RETURN QUERY
        WITH awarded AS (
            INSERT INTO earned_badges (user_id, badge_id)
            SELECT p_user_id, e.badge_id FROM check_badge_eligibility(p_user_id) AS e
            ON CONFLICT (user_id, badge_id) DO NOTHING
            RETURNING badge_id
        )
        SELECT b.id, b.name
        FROM awarded AS a
        INNER JOIN badges AS b ON b.id = a.badge_id
        ORDER BY b.name;
        EXIT WHEN NOT FOUND;
    END LOOP;
END;
$$;

COMMENT ON FUNCTION award_badges(uuid) IS
'Gives a user every badge that is due, pays and announces each once, and returns the new ones. '
'Call after an activity; safe to call twice at once. For the service.';

GRANT EXECUTE ON FUNCTION
badge_metric(uuid, text), evaluate_badge_criteria(uuid, jsonb), check_badge_eligibility(uuid)
TO authenticated_users, slate_services;
GRANT EXECUTE ON FUNCTION award_badges(uuid) TO slate_services;
