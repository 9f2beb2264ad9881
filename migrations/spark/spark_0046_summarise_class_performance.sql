-- depends: spark_0045_create_leaderboards
-- Why:  a class at a glance. Each student counts once in the mean level, however many lessons he has touched. No policy
--       guards a materialized view: people read it through a function that shows them their own classes. And row
--       security asks for every row: a roster asks once for the class, and the first screen of a student and of a
--       guardian are of the caller's own and ask nothing more.
-- Lock: none, only new objects. Rollback loses: nothing; the view is derived.

CREATE MATERIALIZED VIEW class_performance_summary AS
WITH progress AS (
    SELECT
        p.student_id,
        sum(CASE WHEN p.status = 'COMPLETED' THEN 100.0 ELSE p.progress END) AS progress_sum,
        count(*) FILTER (WHERE p.status = 'COMPLETED') AS completed,
        count(*) AS lessons
    FROM student_progress AS p
    GROUP BY p.student_id
)

SELECT
    c.id AS class_id,
    c.name AS class_name,
    c.subject,
    c.grade,
    count(e.student_id) AS total_students,
    count(e.student_id) FILTER (
        WHERE pr.last_active > ((now() AT TIME ZONE s.timezone)::date - 7)::timestamp AT TIME ZONE s.timezone
    ) AS active_students,
    avg(pr.level) AS average_level,
    sum(sp.progress_sum) / nullif(sum(sp.lessons), 0) AS average_progress,
    coalesce(sum(sp.completed), 0)::bigint AS completed_lessons,
    coalesce(sum(sp.lessons), 0)::bigint AS total_lesson_attempts
FROM classes AS c
INNER JOIN schools AS s ON s.id = c.school_id
LEFT JOIN enrollments AS e ON e.class_id = c.id AND e.status = 'ACTIVE'
LEFT JOIN profiles AS pr ON pr.user_id = e.student_id
LEFT JOIN progress AS sp ON sp.student_id = e.student_id
GROUP BY c.id, c.name, c.subject, c.grade
WITH DATA;

COMMENT ON MATERIALIZED VIEW class_performance_summary IS
'One row for each class, inactive ones too; refreshed hourly by the job update-leaderboards. Progress is that of all '
'lessons of the students: classes and courses are not linked.';
COMMENT ON COLUMN class_performance_summary.total_students IS 'ACTIVE enrolments.';
COMMENT ON COLUMN class_performance_summary.active_students IS
'Of these, active since midnight seven days ago in the school''s zone.';
COMMENT ON COLUMN class_performance_summary.average_level IS 'Mean level, each student once.';
COMMENT ON COLUMN class_performance_summary.average_progress IS
'Mean percent over the students'' progress rows, COMPLETED as 100; NULL without any. Lessons never opened do not '
'count.';
COMMENT ON COLUMN class_performance_summary.total_lesson_attempts IS 'Progress rows, not the sum of their attempts.';

-- Unique: REFRESH … CONCURRENTLY needs it. The view is new in this file, nobody waits for the index.
-- squawk-ignore require-concurrent-index-creation
CREATE UNIQUE INDEX idx_class_performance_class_id ON class_performance_summary (class_id);

CREATE FUNCTION my_class_performance() RETURNS SETOF class_performance_summary
LANGUAGE plpgsql STABLE SECURITY DEFINER  -- people have no grant on the view, which shows every school
SET search_path FROM CURRENT
AS $$
BEGIN
    RETURN QUERY
    SELECT v.*
    FROM class_performance_summary AS v
    WHERE v.class_id = ANY (my_class_ids() || my_school_class_ids())
    ORDER BY v.class_name, v.class_id;
END;
$$;

COMMENT ON FUNCTION my_class_performance() IS
'The summary of the classes the caller teaches, or of the school the caller runs. Reads only.';

GRANT EXECUTE ON FUNCTION my_class_performance() TO authenticated_users, spark_service;
GRANT SELECT ON class_performance_summary TO spark_service, spark_reader;

CREATE FUNCTION sum_up_roster(p_class_id uuid, p_everybody boolean, p_student_ids uuid[]) RETURNS TABLE (
    student_id uuid, first_name varchar, last_name varchar, level integer, streak integer, last_active timestamptz,
    final_grade varchar, lessons_completed bigint, lessons_in_progress bigint, average_progress numeric,
    time_spent bigint
)
LANGUAGE plpgsql STABLE ROWS 40
SET search_path FROM CURRENT
AS $$
BEGIN
    RETURN QUERY
    SELECT
        e.student_id, pr.first_name, pr.last_name, pr.level, pr.streak, pr.last_active, e.final_grade,
        sp.lessons_completed, sp.lessons_in_progress, sp.average_progress, sp.time_spent
    FROM enrollments AS e
    INNER JOIN profiles AS pr ON pr.user_id = e.student_id
    CROSS JOIN LATERAL (
        SELECT
            count(*) FILTER (WHERE p.status = 'COMPLETED') AS lessons_completed,
            count(*) FILTER (WHERE p.status = 'IN_PROGRESS') AS lessons_in_progress,
            round(avg(CASE WHEN p.status = 'COMPLETED' THEN 100.0 ELSE p.progress END), 2) AS average_progress,
            coalesce(sum(p.time_spent), 0) AS time_spent
        FROM student_progress AS p
        WHERE p.student_id = e.student_id
    ) AS sp
    WHERE e.class_id = p_class_id AND e.status = 'ACTIVE' AND (p_everybody OR e.student_id = ANY (p_student_ids));
END;
$$;

COMMENT ON FUNCTION sum_up_roster(uuid, boolean, uuid[]) IS
'For class_roster(): all ACTIVE students of a class, or only the given ones. Under the caller''s row security. '
'Reads only.';

CREATE FUNCTION visible_class_roster(p_class_id uuid) RETURNS TABLE (
    student_id uuid, first_name varchar, last_name varchar, level integer, streak integer, last_active timestamptz,
    final_grade varchar, lessons_completed bigint, lessons_in_progress bigint, average_progress numeric,
    time_spent bigint
)
LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 40  -- asks once for the class, then reads without asking again
SET search_path FROM CURRENT
AS $$
DECLARE
    v_teaches CONSTANT boolean := p_class_id = ANY (my_class_ids());
    v_student_ids uuid[];
BEGIN
    IF NOT v_teaches THEN
        v_student_ids := current_user_id() || my_child_ids();
        IF p_class_id = ANY (my_school_class_ids()) THEN
            v_student_ids := v_student_ids || my_charge_ids();
        END IF;
    END IF;
    RETURN QUERY SELECT r.* FROM sum_up_roster(p_class_id, v_teaches, v_student_ids) AS r;
END;
$$;

COMMENT ON FUNCTION visible_class_roster(uuid) IS
'class_roster() for a person: to the teacher the whole class, to the ADMIN of its school the students in his charge, '
'to a guardian the children, to a student the own row. Reads only.';

CREATE FUNCTION class_roster(p_class_id uuid) RETURNS TABLE (
    student_id uuid, first_name varchar, last_name varchar, level integer, streak integer, last_active timestamptz,
    final_grade varchar, lessons_completed bigint, lessons_in_progress bigint, average_progress numeric,
    time_spent bigint
)
LANGUAGE plpgsql STABLE ROWS 40
SET search_path FROM CURRENT
AS $$
BEGIN
    IF row_security_active('student_progress') AND pg_has_role('authenticated_users', 'USAGE') THEN
        RETURN QUERY SELECT r.* FROM visible_class_roster(p_class_id) AS r;
    ELSE
        RETURN QUERY SELECT r.* FROM sum_up_roster(p_class_id, true, NULL) AS r;
    END IF;
END;
$$;

COMMENT ON FUNCTION class_roster(uuid) IS
'The ACTIVE students of a class with a profile, as far as the caller sees them: each once, with all their lessons; '
'average_progress in percent, COMPLETED as 100, NULL without any; time_spent in seconds. Reads only.';

GRANT EXECUTE ON FUNCTION class_roster(uuid) TO authenticated_users, spark_service, spark_reader;
GRANT EXECUTE ON FUNCTION visible_class_roster(uuid) TO authenticated_users;
GRANT EXECUTE ON FUNCTION sum_up_roster(uuid, boolean, uuid[]) TO spark_service, spark_reader;

CREATE FUNCTION my_dashboard() RETURNS TABLE (
    display_name varchar, level integer, xp_points integer, xp_for_next_level integer, crystals integer,
    sparks integer, streak integer, badges bigint, lessons_completed bigint, unread_notifications bigint,
    go_on_with jsonb, due jsonb
)
LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 1  -- all of it is the caller's own: no row needs to be asked for
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
            SELECT count(*) FROM student_progress AS sp WHERE sp.student_id = p.user_id AND sp.status = 'COMPLETED'
        ) AS lessons_completed,
        (
            SELECT count(*)
            FROM user_notifications AS n
            WHERE n.user_id = p.user_id AND n.is_read = false AND (n.expires_at IS NULL OR n.expires_at > now())
        ) AS unread_notifications,
        (
            SELECT coalesce(jsonb_agg(jsonb_build_object(
                'lesson_id', g.lesson_id, 'title', g.title, 'progress', g.progress, 'last_accessed', g.last_accessed
            ) ORDER BY g.last_accessed DESC), '[]')
            FROM (
                SELECT sp.lesson_id, l.title, sp.progress, sp.last_accessed
                FROM student_progress AS sp
                -- OFFSET 0: five lessons are looked up; a join would read the catalogue before it knows which five.
                CROSS JOIN LATERAL (
                    SELECT t.title FROM lessons AS t WHERE t.id = sp.lesson_id AND (t.is_published OR v_is_staff) OFFSET 0
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
'The first screen of the caller: level, streak, five lessons to go on with, what is due, what is new. Nobody else''s. '
'Reads only.';

CREATE FUNCTION my_children_overview() RETURNS TABLE (
    student_id uuid, first_name varchar, last_name varchar, level integer, streak integer, last_active timestamptz,
    time_spent bigint, lessons_completed bigint, average_score numeric, badges bigint, next_assignment varchar,
    next_due_date timestamptz
)
LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 3  -- the links are asked once, not each table for each child
SET search_path FROM CURRENT
AS $$
BEGIN
    RETURN QUERY
    SELECT
        g.student_id,
        p.first_name,
        p.last_name,
        p.level,
        p.streak,
        p.last_active,
        week.time_spent,
        week.lessons_completed,
        week.average_score,
        (SELECT count(*) FROM earned_badges AS e WHERE e.user_id = g.student_id) AS badges,
        due.title AS next_assignment,
        due.due_date AS next_due_date
    FROM users AS me
    INNER JOIN guardian_links AS g ON g.guardian_id = me.id AND g.status = 'APPROVED'
    INNER JOIN profiles AS p ON p.user_id = g.student_id
    CROSS JOIN LATERAL (
        SELECT
            coalesce(sum(a.total_time_spent), 0) AS time_spent,
            coalesce(sum(a.lessons_completed), 0) AS lessons_completed,
            round(avg(a.average_score), 2) AS average_score
        FROM learning_analytics AS a
        WHERE a.student_id = g.student_id AND a.date > current_date - 7
    ) AS week
    LEFT JOIN LATERAL (
        SELECT s.title, s.due_date
        FROM enrollments AS e
        INNER JOIN assignments AS s ON s.class_id = e.class_id AND s.is_published AND s.due_date > now()
        WHERE e.student_id = g.student_id AND e.status = 'ACTIVE'
        ORDER BY s.due_date
        LIMIT 1
    ) AS due ON true
    WHERE me.id = current_user_id() AND me.is_active AND me.role = 'GUARDIAN';
END;
$$;

COMMENT ON FUNCTION my_children_overview() IS
'Each child of the caller, an APPROVED guardian: level, streak, the last seven days (seconds, lessons, mean score), '
'the next published assignment due. Reads only.';

GRANT EXECUTE ON FUNCTION my_dashboard(), my_children_overview() TO authenticated_users, spark_service;
