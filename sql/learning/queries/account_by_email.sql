-- what: what a login needs; an inactive or deleted account is not found
-- source: service query
-- budget_ms: 20
-- params: address = 'amara@example.org'
-- person: learning_service a5ca1e01-0000-4000-8000-000001000000
-- scale_params: address = 'learner0@cohort1.example'
SELECT u.id, u.username, u.password_hash, u.preferences
FROM users AS u
WHERE u.email = 'amara@example.org' AND u.is_active AND u.deleted_at IS NULL;
