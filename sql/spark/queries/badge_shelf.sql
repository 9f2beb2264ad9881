-- what: every badge with when a person earned it; earned first, then what can still be had
-- source: service query
-- budget_ms: 50
-- params: user_id = '20000000-0000-4000-8000-000000000201'
-- scale_params: user_id = '5ca1e011-0000-4000-8000-000001000001'
-- person: 5ca1e011-0000-4000-8000-000001000001
SELECT
    b.id AS badge_id, b.name, b.description, b.icon_url, b.category, b.rarity, b.criteria,
    b.xp_reward, b.crystal_reward, b.spark_reward, e.earned_at, e.progress_data
FROM badges AS b
LEFT JOIN earned_badges AS e
    ON e.badge_id = b.id AND e.user_id = '20000000-0000-4000-8000-000000000201'
WHERE b.is_active OR e.id IS NOT NULL
ORDER BY e.earned_at DESC NULLS LAST, b.rarity, b.name;
