-- what: a material with its chunks in reading order, and how many assets each chunk has
-- source: service query
-- budget_ms: 50
-- params: material_id = '20000000-0000-4000-8000-000000000001'
-- person: a5ca1e01-0000-4000-8000-000001000000
-- scale_params: material_id = 'a5ca1e02-0000-4000-8000-000001000000'
SELECT
    m.id AS study_material_id,
    m.title,
    m.subject_area,
    m.status,
    c.id AS content_chunk_id,
    c.chunk_order,
    c.chunk_type,
    c.content,
    c.summary,
    (
        SELECT count(*) FROM generated_assets AS a
        WHERE a.study_material_id = m.id AND a.content_chunk_id = c.id
    ) AS assets
FROM study_materials AS m
LEFT JOIN content_chunks AS c ON c.study_material_id = m.id
WHERE m.id = '20000000-0000-4000-8000-000000000001' AND m.deleted_at IS NULL
ORDER BY c.chunk_order;
