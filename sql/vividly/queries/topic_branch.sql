-- what: a topic and everything under it, parents first
-- source: service query; ruling V8
-- budget_ms: 50
-- params: path = 'physics.mechanics'

SELECT
    t.id,
    t.path,
    t.depth,
    t.title
FROM topics_under('physics.mechanics') AS t
WHERE t.is_active;
