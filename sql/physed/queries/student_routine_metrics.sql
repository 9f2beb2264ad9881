-- what: one student's routines with what was measured in each, newest first
-- source: service query; the document
-- budget_ms: 50
-- params: student_id = 1001
-- scale_params: student_id = 100001
-- person: 00000000-0000-4000-9000-000000000001

-- The measurements are fetched once, by student, and looked up by performance. A join would depend
-- on how many rows are expected, and row security makes them look like one: it would search every
-- month for every performance.
WITH measured AS MATERIALIZED (
    SELECT jsonb_object_agg(g.performance_id, g.metrics) AS by_performance
    FROM (
        SELECT
            m.performance_id,
            jsonb_object_agg(m.metric_type, m.metric_value) FILTER (
                WHERE m.metric_type IS NOT NULL
            ) AS metrics
        FROM performance_metrics AS m
        WHERE m.student_id = 1001
        GROUP BY m.performance_id
    ) AS g
)

SELECT
    r.name AS routine,
    p.created_at,
    p.is_completed,
    p.completion_time AS seconds,
    p.accuracy_score,
    p.effort_score,
    nullif(m.by_performance -> p.id::text, 'null') AS metrics
FROM routine_performance AS p
INNER JOIN routines AS r ON r.id = p.routine_id
CROSS JOIN measured AS m
WHERE p.student_id = 1001
ORDER BY p.created_at DESC, p.id DESC;
