-- The settings, of those named, that this server knows: what they are, and whether the role at work may set them.
-- Reads only.
SELECT s.name, s.setting, pg_catalog.has_parameter_privilege(s.name, 'SET')
FROM pg_catalog.pg_settings AS s
WHERE s.name = ANY(%s)
ORDER BY s.name
