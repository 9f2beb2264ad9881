-- what: one interaction by its id alone; the key table names its month, so one partition is read
-- source: service query
-- budget_ms: 20
-- params: interaction_id = '60000000-0000-4000-8001-000000000001'
-- person: learning_service a5ca1e01-0000-4000-8000-000001000000
-- scale_params: interaction_id = 'a5ca1e06-0000-4000-8000-000001000131'
SELECT i.*
FROM interaction_keys AS k
INNER JOIN interactions AS i ON i.id = k.id AND i.created_at = k.created_at
WHERE k.id = '60000000-0000-4000-8001-000000000001';
