-- what: each child of an approved guardian: level, streak, the last seven days, what is due next
-- source: service query
-- budget_ms: 100
-- params: guardian_id = '20000000-0000-4000-8000-000000000301'
-- scale_params: guardian_id = '5ca1e011-0000-4000-8000-000001000701'
-- person: 5ca1e011-0000-4000-8000-000001000701
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
FROM guardian_links AS g
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
WHERE g.guardian_id = '20000000-0000-4000-8000-000000000301' AND g.status = 'APPROVED'
ORDER BY p.first_name, g.student_id;
