-- depends: spark_0046_create_class_analytics
-- Why:  the analytics tables had no writer. The figures of a day are computed from the facts of
--       that day, so a second run, or a late one after offline clients have come back, only makes
--       them right.
-- Lock: none, only new objects. Rollback loses: nothing.

CREATE FUNCTION refresh_learning_analytics(p_date date) RETURNS bigint
LANGUAGE plpgsql
SET search_path FROM CURRENT
AS $$
DECLARE
    v_count bigint;
BEGIN
    WITH students AS (
        SELECT
            u.id,
            coalesce(s.timezone, 'UTC') AS zone,
            p_date::timestamp AT TIME ZONE coalesce(s.timezone, 'UTC') AS day_start,
            (p_date + 1)::timestamp AT TIME ZONE coalesce(s.timezone, 'UTC') AS day_end
        FROM users AS u
        LEFT JOIN schools AS s ON s.id = u.school_id
        WHERE u.role = 'STUDENT'
    ),
    lessons_done AS (
        SELECT
            st.id AS student_id,
            count(*) FILTER (
                WHERE p.completed_at >= st.day_start AND p.completed_at < st.day_end
            ) AS completed,
            array_agg(DISTINCT c.subject::text ORDER BY c.subject::text) AS subjects
        FROM students AS st
        INNER JOIN student_progress AS p
            ON p.student_id = st.id
            AND ((p.last_accessed >= st.day_start AND p.last_accessed < st.day_end)
                OR (p.completed_at >= st.day_start AND p.completed_at < st.day_end))
        INNER JOIN lessons AS l ON l.id = p.lesson_id
        INNER JOIN courses AS c ON c.id = l.course_id
        GROUP BY st.id
    ),
    hours AS (
        SELECT
            st.id AS student_id,
            date_part('hour', s.submitted_at AT TIME ZONE st.zone)::integer AS hour,
            count(*) AS taken, sum(s.score) AS score_sum, count(s.score) AS scored
        FROM students AS st
        INNER JOIN submissions AS s
            ON s.student_id = st.id
                AND s.submitted_at >= st.day_start
                AND s.submitted_at < st.day_end
        GROUP BY st.id, date_part('hour', s.submitted_at AT TIME ZONE st.zone)
    ),
    quizzes_done AS (
        SELECT
            h.student_id,
            sum(h.taken) AS taken,
            round(sum(h.score_sum) / nullif(sum(h.scored), 0), 2) AS average_score,
            (array_agg(h.hour ORDER BY h.score_sum / nullif(h.scored, 0) DESC NULLS LAST, h.hour)
                FILTER (WHERE h.scored > 0))[1] AS peak_hour
        FROM hours AS h
        GROUP BY h.student_id
    )
    INSERT INTO learning_analytics AS a (
        student_id, date, lessons_completed, quizzes_taken, average_score, subjects_studied,
        peak_performance_hour
    )
    SELECT
        coalesce(l.student_id, q.student_id, d.student_id), p_date, coalesce(l.completed, 0),
        coalesce(q.taken, 0), q.average_score, l.subjects, q.peak_hour
    FROM lessons_done AS l
    FULL JOIN quizzes_done AS q ON q.student_id = l.student_id
    -- Days that were computed once, and whose last fact is gone.
    FULL JOIN (SELECT a.student_id FROM learning_analytics AS a WHERE a.date = p_date) AS d
        ON d.student_id = coalesce(l.student_id, q.student_id)
    ON CONFLICT (student_id, date) DO UPDATE
    SET lessons_completed = EXCLUDED.lessons_completed,
        quizzes_taken = EXCLUDED.quizzes_taken,
        average_score = EXCLUDED.average_score,
        subjects_studied = coalesce(
            EXCLUDED.subjects_studied,
            -- Lessons touched again since count for a later day; what was studied that day stays.
            CASE WHEN EXISTS (
                SELECT 1 FROM student_progress AS p WHERE p.student_id = a.student_id
            ) THEN a.subjects_studied END
        ),
        peak_performance_hour = EXCLUDED.peak_performance_hour;
    GET DIAGNOSTICS v_count = ROW_COUNT;
    RETURN v_count;
END;
$$;

COMMENT ON FUNCTION refresh_learning_analytics(date) IS
'Computes a school day of every student who did something: lessons, quizzes, scores, subjects, '
'best hour. xp_gained and total_time_spent are counted as they happen and stay. Returns the rows '
'written.';

CREATE FUNCTION refresh_class_analytics(p_date date) RETURNS bigint
LANGUAGE plpgsql
SET search_path FROM CURRENT
AS $$
DECLARE
    v_count bigint;
BEGIN
    WITH progress AS (
        SELECT
            p.student_id,
            count(*) FILTER (WHERE p.status = 'COMPLETED') AS completed,
            count(*) FILTER (WHERE p.status IN ('IN_PROGRESS', 'COMPLETED')) AS started
        FROM student_progress AS p
        GROUP BY p.student_id
    )
    INSERT INTO class_analytics AS a (
        class_id, date, active_students, average_engagement, average_score, completion_rate,
        total_time_spent
    )
    SELECT
        e.class_id,
        p_date,
        count(*) FILTER (
            WHERE d.total_time_spent > 0 OR d.lessons_completed > 0 OR d.quizzes_taken > 0
        ),
        round(100.0 * count(*) FILTER (
            WHERE d.total_time_spent > 0 OR d.lessons_completed > 0 OR d.quizzes_taken > 0
        ) / count(*), 2),
        round(avg(d.average_score), 2),
        round(100.0 * sum(p.completed) / nullif(sum(p.started), 0), 2),
        least(coalesce(sum(d.total_time_spent), 0), 2147483647)
    FROM enrollments AS e
    INNER JOIN classes AS c ON c.id = e.class_id
    INNER JOIN schools AS s
        ON s.id = c.school_id AND p_date <= (now() AT TIME ZONE s.timezone)::date
    LEFT JOIN learning_analytics AS d ON d.student_id = e.student_id AND d.date = p_date
    LEFT JOIN progress AS p ON p.student_id = e.student_id
    WHERE e.status = 'ACTIVE'
    GROUP BY e.class_id
    ON CONFLICT (class_id, date) DO UPDATE
    SET active_students = EXCLUDED.active_students,
        average_engagement = EXCLUDED.average_engagement,
        average_score = EXCLUDED.average_score,
        completion_rate = EXCLUDED.completion_rate,
        total_time_spent = EXCLUDED.total_time_spent;
    GET DIAGNOSTICS v_count = ROW_COUNT;

    UPDATE class_analytics AS a
    SET active_students = 0,
        average_engagement = NULL,
        average_score = NULL,
        completion_rate = NULL,
        total_time_spent = 0
    WHERE a.date = p_date AND NOT EXISTS (
        SELECT 1 FROM enrollments AS e WHERE e.class_id = a.class_id AND e.status = 'ACTIVE'
    );
    RETURN v_count;
END;
$$;

COMMENT ON FUNCTION refresh_class_analytics(date) IS
'Computes a day, once it has begun at the school, of every class with ACTIVE students from '
'learning_analytics: run refresh_learning_analytics() first. completion_rate is as of now. Returns '
'the rows written.';

CREATE FUNCTION refresh_analytics(
    p_from date DEFAULT (now() AT TIME ZONE 'UTC')::date - 1,
    p_to date DEFAULT (now() AT TIME ZONE 'UTC')::date + 1
)
RETURNS TABLE (date date, students bigint, classes bigint)
LANGUAGE plpgsql
SET search_path FROM CURRENT
AS $$
BEGIN
    FOR v_day IN 0..(p_to - p_from) LOOP
        date := p_from + v_day;
        students := refresh_learning_analytics(date);
        classes := refresh_class_analytics(date);
        RETURN NEXT;
    END LOOP;
END;
$$;

COMMENT ON FUNCTION refresh_analytics(date, date) IS
'Refreshes both analytics tables for a range of days; the default covers yesterday to tomorrow in '
'UTC, which is today in every zone. Idempotent. Returns the rows written for each day.';

GRANT EXECUTE ON FUNCTION
refresh_learning_analytics(date), refresh_class_analytics(date), refresh_analytics(date, date)
TO slate_services;
