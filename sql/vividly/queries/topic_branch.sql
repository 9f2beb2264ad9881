-- what: a topic and everything under it, parents first
-- source: service query; ruling V8
-- budget_ms: 50
-- params: path = 'physics.mechanics'
-- person: user_scale_1_1
-- scale_params: path = 'scale_physics'

SELECT
    t.id,
    t.path,
    t.depth,
    t.title
FROM topics_under('physics.mechanics') AS t
WHERE t.is_active;
