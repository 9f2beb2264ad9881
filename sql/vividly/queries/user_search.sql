-- what: live accounts by names; Will, Don and Can too, stop words to the documented index
-- source: service query; ruling V10
-- budget_ms: 50
-- params: words = 'will'
-- person: user_scale_ops
-- scale_params: words = 'will'

SELECT
    u.id,
    u.first_name,
    u.last_name,
    u.role,
    u.org_id
FROM users AS u
WHERE u.id = ANY ((SELECT user_ids_named('will'))::text[])
    AND u.deleted_at IS NULL
ORDER BY u.last_name, u.first_name, u.id;
