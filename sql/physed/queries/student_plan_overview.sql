-- what: a student's plans with the activities to come and how far each plan is
-- source: service query; the document, lines 903 to 910
-- budget_ms: 50
-- params: student_id = 1001
-- scale_params: student_id = 100001
-- person: 00000000-0000-4000-9000-000000000001

SELECT
    p.id,
    p.name,
    p.status,
    p.start_date,
    p.end_date,
    count(a.id) AS activities,
    count(a.id) FILTER (WHERE a.status = 'completed') AS completed,
    min(a.scheduled_date) FILTER (WHERE a.status = 'scheduled') AS next_date,
    p.progress_tracking -> 'weekly_metrics' -> -1 AS last_week
FROM activity_plans AS p
LEFT JOIN activity_plan_activities AS a ON a.plan_id = p.id AND a.student_id = p.student_id
WHERE p.student_id = 1001
GROUP BY p.id
ORDER BY p.start_date DESC NULLS LAST, p.id;
