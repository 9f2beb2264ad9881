-- what: the students of a class with their progress, by name; each student once, also without any progress
-- source: service query
-- budget_ms: 100
-- params: class_id = '30000000-0000-4000-8000-000000000001'
-- scale_params: class_id = '5ca1e012-0000-4000-8000-000001000011'
-- person: 5ca1e011-0000-4000-8000-000001000502
SELECT
    e.student_id,
    pr.first_name,
    pr.last_name,
    pr.level,
    pr.streak,
    pr.last_active,
    e.final_grade,
    sp.lessons_completed,
    sp.lessons_in_progress,
    sp.average_progress,
    sp.time_spent
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
WHERE e.class_id = '30000000-0000-4000-8000-000000000001' AND e.status = 'ACTIVE'
ORDER BY pr.last_name, pr.first_name, e.student_id;
