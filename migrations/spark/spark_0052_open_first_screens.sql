-- depends: spark_0051_read_class_rosters
-- Why:  the first screen of a student and of a guardian is of the caller's own: it asks once who
--       calls and nothing more.
-- Lock: none, only new objects. Rollback loses: nothing; the screens are derived.

-- Definer: all of it is the caller's own: no row needs to be asked for.
CREATE FUNCTION my_dashboard() RETURNS TABLE (
    display_name varchar, level integer, xp_points integer, xp_for_next_level integer,
    crystals integer, sparks integer, streak integer, badges bigint, lessons_completed bigint,
    unread_notifications bigint, go_on_with jsonb, due jsonb
)
LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 1
SET search_path FROM CURRENT
AS $$
DECLARE
    v_is_staff CONSTANT boolean := coalesce(my_role() IN ('TEACHER', 'ADMIN'), false);
BEGIN
    RETURN QUERY
    SELECT
        p.display_name,
        p.level,
        p.xp_points,
        p.level * p.level * 100 AS xp_for_next_level,
        p.crystals,
        p.sparks,
        p.streak,
        (SELECT count(*) FROM earned_badges AS e WHERE e.user_id = p.user_id) AS badges,
        (
            SELECT count(*)
            FROM student_progress AS sp
            WHERE sp.student_id = p.user_id AND sp.status = 'COMPLETED'
        ) AS lessons_completed,
        (
            SELECT count(*)
            FROM user_notifications AS n
            WHERE n.user_id = p.user_id
                AND n.is_read = false
                AND (n.expires_at IS NULL OR n.expires_at > now())
        ) AS unread_notifications,
        (
            SELECT coalesce(jsonb_agg(jsonb_build_object(
                'lesson_id', g.lesson_id, 'title', g.title, 'progress', g.progress,
                'last_accessed', g.last_accessed
            ) ORDER BY g.last_accessed DESC), '[]')
            FROM (
                SELECT sp.lesson_id, l.title, sp.progress, sp.last_accessed
                FROM student_progress AS sp
                -- OFFSET 0: five lessons are looked up; a join would read the catalogue before it
                -- knows which five.
                CROSS JOIN LATERAL (
                    SELECT t.title
                    FROM lessons AS t
                    WHERE t.id = sp.lesson_id AND (t.is_published OR v_is_staff) OFFSET 0
                ) AS l
                WHERE sp.student_id = p.user_id AND sp.status IN ('IN_PROGRESS', 'NOT_STARTED')
                ORDER BY sp.last_accessed DESC
                LIMIT 5
            ) AS g
        ) AS go_on_with,
        (
            SELECT coalesce(jsonb_agg(jsonb_build_object(
                'assignment_id', a.id, 'title', a.title, 'due_date', a.due_date
            ) ORDER BY a.due_date), '[]')
            FROM enrollments AS e
            INNER JOIN classes AS c ON c.id = e.class_id AND c.is_active
            INNER JOIN assignments AS a ON a.class_id = e.class_id AND a.is_published
            WHERE e.student_id = p.user_id AND e.status = 'ACTIVE' AND a.due_date > now()
                AND NOT EXISTS (
                    SELECT 1
                    FROM assignment_submissions AS s
                    WHERE s.assignment_id = a.id AND s.student_id = p.user_id
                )
        ) AS due
    FROM profiles AS p
    WHERE p.user_id = current_user_id();
END;
$$;

COMMENT ON FUNCTION my_dashboard() IS
'The first screen of the caller: level, streak, five lessons to go on with, what is due, what is '
'new. Nobody else''s. Reads only.';

-- Definer: the links are asked once, not each table for each child.
CREATE FUNCTION my_children_overview() RETURNS TABLE (
    student_id uuid, first_name varchar, last_name varchar, level integer, streak integer,
    last_active timestamptz, time_spent bigint, lessons_completed bigint, average_score numeric,
    badges bigint, next_assignment varchar, next_due_date timestamptz
)
LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 3
SET search_path FROM CURRENT
AS $$
BEGIN
    RETURN QUERY
    SELECT
        g.student_id, p.first_name, p.last_name, p.level, p.streak, p.last_active, week.time_spent,
        week.lessons_completed, week.average_score,
        (SELECT count(*) FROM earned_badges AS e WHERE e.user_id = g.student_id) AS badges,
        due.title AS next_assignment, due.due_date AS next_due_date
    FROM users AS me
    INNER JOIN guardian_links AS g ON g.guardian_id = me.id AND g.status = 'APPROVED'
    INNER JOIN profiles AS p ON p.user_id = g.student_id
    INNER JOIN users AS u ON u.id = g.student_id
    LEFT JOIN schools AS s ON s.id = u.school_id
    CROSS JOIN LATERAL (
        SELECT
            coalesce(sum(a.total_time_spent), 0) AS time_spent,
            coalesce(sum(a.lessons_completed), 0) AS lessons_completed,
            round(avg(a.average_score), 2) AS average_score
        FROM learning_analytics AS a
        -- As school_day() has it, whose call would cost as much as the rest.
        WHERE a.student_id = g.student_id
            AND a.date > (now() AT TIME ZONE coalesce(s.timezone, 'UTC'))::date - 7
    ) AS week
    LEFT JOIN LATERAL (
        SELECT t.title, t.due_date
        FROM enrollments AS e
        INNER JOIN classes AS c ON c.id = e.class_id AND c.is_active
        INNER JOIN assignments AS t
            ON t.class_id = e.class_id AND t.is_published AND t.due_date > now()
        WHERE e.student_id = g.student_id AND e.status = 'ACTIVE'
        ORDER BY t.due_date
        LIMIT 1
    ) AS due ON true
    WHERE me.id = claimed_user_id() AND me.is_active AND me.role = 'GUARDIAN';
END;
$$;

COMMENT ON FUNCTION my_children_overview() IS
'Each child of the caller, an APPROVED guardian: level, streak, the last seven days (seconds, '
'lessons, mean score), the next published assignment due. Reads only.';

GRANT EXECUTE ON FUNCTION my_dashboard(), my_children_overview()
TO authenticated_users, slate_services;
