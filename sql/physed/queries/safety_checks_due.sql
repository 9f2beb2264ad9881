-- what: an inspector's checks that are open, or whose findings must be looked at by that day, most
--       urgent first
-- source: service query; the document
-- budget_ms: 50
-- params: inspector_id = '0a1b2c3d-0000-4000-8000-000000001003', on = '2025-05-05'
-- scale_params: inspector_id = '00000000-0000-4000-9000-000000000001', on = '2025-06-30'
-- person: 00000000-0000-4000-9000-000000000001

SELECT
    k.id,
    k.check_type,
    k.location,
    c.name AS class_name,
    u.first_name || ' ' || u.last_name AS inspector,
    k.severity_level,
    k.completed_at IS NULL AS is_open,
    k.follow_up_date,
    CAST('2025-05-05' AS date) - k.follow_up_date AS days_late,
    k.notes
FROM safety_checks AS k
LEFT JOIN classes AS c ON c.id = k.class_id
LEFT JOIN users AS u ON u.id = k.inspector_id
WHERE k.inspector_id = '0a1b2c3d-0000-4000-8000-000000001003'
    AND (k.completed_at IS NULL OR k.action_required)
    AND (k.follow_up_date IS NULL OR k.follow_up_date <= '2025-05-05')
ORDER BY k.follow_up_date ASC NULLS LAST, k.id;
