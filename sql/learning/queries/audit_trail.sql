-- what: who did what to one row, newest first; for auditors
-- source: the document
-- budget_ms: 50
-- params: entity = 'users', row_id = '10000000-0000-4000-8000-000000000004'
-- person: learning_auditor a5ca1e01-0000-4000-8000-000001000000
-- scale_params: entity = 'users', row_id = 'a5ca1e01-0000-4000-8000-000001000000'
SELECT l.created_at, l.action, l.user_id, l.ip_address, l.old_values, l.new_values, l.is_success,
    l.error_message
FROM audit_logs AS l
WHERE l.entity_type = 'users' AND l.entity_id = '10000000-0000-4000-8000-000000000004'
ORDER BY l.created_at DESC, l.id
LIMIT 100;
