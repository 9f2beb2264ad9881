-- what: subjects a learner gets wrong most, over the last 90 days, with at least three answers
-- source: service query
-- budget_ms: 100
-- params: learner_id = '10000000-0000-4000-8000-000000000001'
-- person: a5ca1e01-0000-4000-8000-000001000000
-- scale_params: learner_id = 'a5ca1e01-0000-4000-8000-000001000000'
-- Summed by session first, and from each session by key to its subject: OFFSET 0 keeps the planner,
-- which cannot know how much one person has, from going through all of the person's materials and
-- sessions instead.
WITH sittings AS (
    SELECT
        i.learning_session_id,
        count(*) AS answers,
        count(*) FILTER (WHERE i.is_correct) AS right_answers,
        count(i.response_time_ms) AS timed,
        sum(i.response_time_ms) AS total_ms
    FROM interactions AS i
    WHERE i.user_id = '10000000-0000-4000-8000-000000000001'
        AND i.is_correct IS NOT NULL AND i.created_at >= now() - interval '90 days'
    GROUP BY i.learning_session_id
)

SELECT
    coalesce(m.subject_area, 'none given') AS subject_area,
    sum(t.answers) AS answers,
    sum(t.right_answers) / sum(t.answers) AS share_correct,
    round(sum(t.total_ms) / nullif(sum(t.timed), 0)) AS mean_response_ms
FROM sittings AS t
CROSS JOIN LATERAL (
    SELECT s.study_material_id FROM learning_sessions AS s
    WHERE s.id = t.learning_session_id OFFSET 0
) AS s
CROSS JOIN LATERAL (
    SELECT m.subject_area FROM study_materials AS m WHERE m.id = s.study_material_id OFFSET 0
) AS m
GROUP BY m.subject_area
HAVING sum(t.answers) >= 3
ORDER BY share_correct, answers DESC;
