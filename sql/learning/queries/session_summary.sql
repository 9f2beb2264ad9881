-- what: one session: how long, how far, how right, how fast
-- source: service query
-- budget_ms: 50
-- params: session_id = '50000000-0000-4000-8000-000000000001'
-- person: a5ca1e01-0000-4000-8000-000001000000
-- scale_params: session_id = 'a5ca1e05-0000-4000-8000-000001000013'
SELECT
    s.id AS learning_session_id,
    s.session_type,
    s.status,
    m.title,
    s.started_at,
    s.ended_at - s.started_at AS duration,
    s.completion_percentage,
    s.total_interactions,
    count(i.is_correct) AS answers,
    count(*) FILTER (WHERE i.is_correct) AS right_answers,
    count(*) FILTER (WHERE i.interaction_type = 'skip') AS skipped,
    round(avg(i.response_time_ms)) AS mean_response_ms
FROM learning_sessions AS s
INNER JOIN study_materials AS m ON m.id = s.study_material_id
LEFT JOIN interactions AS i ON i.learning_session_id = s.id AND i.created_at >= s.started_at
WHERE s.id = '50000000-0000-4000-8000-000000000001'
GROUP BY s.id, m.title;
