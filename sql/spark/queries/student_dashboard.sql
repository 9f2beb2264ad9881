-- what: the first screen of a student: level, streak, what to go on with, what is due, what is new
-- source: service query
-- budget_ms: 50
-- params: student_id = '20000000-0000-4000-8000-000000000201'
-- scale_params: student_id = '5ca1e011-0000-4000-8000-000001000001'
-- person: 5ca1e011-0000-4000-8000-000001000001
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
            CROSS JOIN LATERAL (SELECT t.title FROM lessons AS t WHERE t.id = sp.lesson_id OFFSET 0) AS l
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
WHERE p.user_id = '20000000-0000-4000-8000-000000000201';
