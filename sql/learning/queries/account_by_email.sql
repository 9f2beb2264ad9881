-- what: what a login needs; an inactive or deleted account is not found
-- source: service query
-- budget_ms: 20
-- params: address = 'amara@example.org'
SELECT u.id, u.username, u.password_hash, u.preferences
FROM users AS u
WHERE u.email = 'amara@example.org' AND u.is_active AND u.deleted_at IS NULL;
