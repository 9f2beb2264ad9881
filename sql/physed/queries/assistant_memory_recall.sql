-- what: what an assistant remembers about a user on a topic, most important first, with how it was
--       last received
-- source: service query; the document
-- budget_ms: 50
-- params: user_id = '0a1b2c3d-0000-4000-8000-000000001001', assistant_profile_id = 1001, tag =
--         'endurance'
-- scale_params: user_id = '00000000-0000-4000-9000-000000000001', assistant_profile_id = 100001,
--               tag = 'endurance'
-- person: 00000000-0000-4000-9000-000000000001

SELECT
    m.id,
    m.category,
    m.content,
    m.tags,
    m.importance,
    m.confidence,
    i.last_used,
    i.last_feedback
FROM user_memories AS m
LEFT JOIN LATERAL (
    SELECT n.created_at AS last_used, n.feedback AS last_feedback
    FROM memory_interactions AS n
    WHERE n.memory_id = m.id
    ORDER BY n.created_at DESC, n.id DESC
    LIMIT 1
) AS i ON true
WHERE m.user_id = '0a1b2c3d-0000-4000-8000-000000001001'
    AND m.assistant_profile_id = 1001
    AND m.tags @> jsonb_build_array('endurance'::text)
ORDER BY m.importance DESC, m.created_at DESC, m.id DESC
LIMIT 20;
