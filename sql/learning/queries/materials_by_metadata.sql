-- what: materials whose metadata contain this object
-- source: the document
-- budget_ms: 50
-- params: facts = '{"course": "BIO-101"}'
-- person: learning_service a5ca1e01-0000-4000-8000-000001000000
-- scale_params: facts = '{"course": "BIO-101"}'
SELECT m.id, m.title, m.metadata
FROM study_materials AS m
WHERE m.metadata @> '{"course": "BIO-101"}' AND m.deleted_at IS NULL
ORDER BY m.title;
