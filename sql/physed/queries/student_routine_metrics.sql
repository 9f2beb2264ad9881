-- what: one student's routines with what was measured in each, newest first
-- source: service query; the document, line 894
-- budget_ms: 50
-- params: student_id = 1001
-- scale_params: student_id = 100001
-- person: 00000000-0000-4000-9000-000000000001

SELECT
    r.name AS routine,
    p.created_at,
    p.is_completed,
    p.completion_time AS seconds,
    p.accuracy_score,
    p.effort_score,
    jsonb_object_agg(m.metric_type, m.metric_value) FILTER (WHERE m.metric_type IS NOT NULL) AS metrics
FROM routine_performance AS p
INNER JOIN routines AS r ON r.id = p.routine_id
LEFT JOIN performance_metrics AS m ON m.performance_id = p.id AND m.student_id = p.student_id
WHERE p.student_id = 1001
GROUP BY p.id, r.name
ORDER BY p.created_at DESC, p.id DESC;
