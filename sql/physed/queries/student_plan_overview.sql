-- what: a student's plans with the activities to come and how far each plan is
-- source: service query; the document
-- budget_ms: 50
-- params: student_id = 1001
-- scale_params: student_id = 100001
-- person: 00000000-0000-4000-9000-000000000001

-- The student's activities are read once, not once for each plan.
WITH progress AS MATERIALIZED (
    SELECT
        a.plan_id,
        count(*) AS activities,
        count(*) FILTER (WHERE a.status = 'completed') AS completed,
        min(a.scheduled_date) FILTER (WHERE a.status = 'scheduled') AS next_date
    FROM activity_plan_activities AS a
    WHERE a.student_id = 1001
    GROUP BY a.plan_id
)

SELECT
    p.id,
    p.name,
    p.status,
    p.start_date,
    p.end_date,
    coalesce(g.activities, 0) AS activities,
    coalesce(g.completed, 0) AS completed,
    g.next_date,
    p.progress_tracking -> 'weekly_metrics' -> -1 AS last_week
FROM activity_plans AS p
LEFT JOIN progress AS g ON g.plan_id = p.id
WHERE p.student_id = 1001
ORDER BY p.start_date DESC NULLS LAST, p.id;
