-- what: what a person has not read, loudest and newest first, without what has expired
-- source: service query
-- budget_ms: 50
-- params: user_id = '20000000-0000-4000-8000-000000000201'
-- scale_params: user_id = '5ca1e011-0000-4000-8000-000001000001'
-- person: 5ca1e011-0000-4000-8000-000001000001
SELECT n.id, n.type, n.priority, n.title, n.message, n.data, n.created_at
FROM user_notifications AS n
WHERE n.user_id = '20000000-0000-4000-8000-000000000201' AND n.is_read = false
    AND (n.expires_at IS NULL OR n.expires_at > now())
ORDER BY n.priority DESC, n.created_at DESC, n.id
LIMIT 50;
