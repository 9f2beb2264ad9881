-- what: what a class does on a day: when and where it meets, its routine step by step, whether it
--       was checked
-- source: service query; the document
-- budget_ms: 50
-- params: class_id = 1001, on = '2025-05-05'
-- scale_params: class_id = 100001, on = '2024-11-25'
-- person: 00000000-0000-4000-9000-000000000001

SELECT
    c.name AS class_name,
    m.meets_at,
    m.duration_minutes,
    m.location,
    m.equipment_needed,
    (SELECT is_safety_checked(1001, '2025-05-05')) AS is_checked,
    r.name AS routine,
    r.status AS routine_status,
    s.sequence_order,
    s.activity_type AS part,
    coalesce(a.name, e.name) AS step,
    s.duration AS step_minutes,
    a.safety_guidelines
FROM classes AS c
CROSS JOIN LATERAL class_meetings(c.schedule, '2025-05-05') AS m
LEFT JOIN routines AS r
    ON r.class_id = c.id AND r.scheduled_at = '2025-05-05' AND r.status <> 'cancelled'
LEFT JOIN routine_activities AS s ON s.routine_id = r.id
LEFT JOIN activities AS a ON a.id = s.activity_id
LEFT JOIN exercises AS e ON e.id = s.exercise_id
WHERE c.id = 1001
ORDER BY m.meets_at, r.id, s.sequence_order;
