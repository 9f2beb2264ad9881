-- what: subjects a learner gets wrong most, over the last 90 days, with at least three answers
-- source: service query
-- budget_ms: 100
-- params: learner_id = '10000000-0000-4000-8000-000000000001'
-- person: a5ca1e01-0000-4000-8000-000001000000
-- scale_params: learner_id = 'a5ca1e01-0000-4000-8000-000001000000'
SELECT
    coalesce(m.subject_area, 'none given') AS subject_area,
    count(*) AS answers,
    avg(i.is_correct::integer) AS share_correct,
    round(avg(i.response_time_ms)) AS mean_response_ms
FROM interactions AS i
INNER JOIN learning_sessions AS s ON s.id = i.learning_session_id
INNER JOIN study_materials AS m ON m.id = s.study_material_id
WHERE i.user_id = '10000000-0000-4000-8000-000000000001'
    AND i.is_correct IS NOT NULL AND i.created_at >= now() - interval '90 days'
GROUP BY m.subject_area
HAVING count(*) >= 3
ORDER BY share_correct, answers DESC;
