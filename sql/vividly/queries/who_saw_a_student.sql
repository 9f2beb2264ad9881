-- what: the trail of one resource, newest first; only the months between the dates are read
-- source: service query; the document
-- budget_ms: 100
-- params: resource_type = 'user', resource_id = 'user_12345', since = '365 days'
-- person: user_scale_admin
-- scale_params: resource_type = 'user', resource_id = 'user_scale_1_1', since = '3650 days'

SELECT
    a.created_at,
    a.action,
    a.user_id,
    a.user_role,
    a.ip_address,
    a.metadata
FROM audit_logs AS a
WHERE a.resource_type = 'user'
    AND a.resource_id = 'user_12345'
    AND a.created_at >= now() - CAST('365 days' AS interval)
ORDER BY a.created_at DESC, a.id DESC;
