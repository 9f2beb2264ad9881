-- what: a user's live materials by words or part of a word in title or description, or by a tag
-- source: the document
-- budget_ms: 100
-- params: owner_id = '10000000-0000-4000-8000-000000000001', words = 'heart'
-- person: a5ca1e01-0000-4000-8000-000001000000
-- scale_params: owner_id = 'a5ca1e01-0000-4000-8000-000001000000', words = 'biology'
SELECT
    m.id,
    m.title,
    m.subject_area,
    m.tags,
    ts_rank(
        to_tsvector('simple', m.title || ' ' || left(coalesce(m.description, ''), 200000)),
        plainto_tsquery('simple', 'heart')
    ) AS rank
FROM study_materials AS m
WHERE m.user_id = '10000000-0000-4000-8000-000000000001' AND m.deleted_at IS NULL
    AND (
        to_tsvector(
            'simple', m.title || ' ' || left(coalesce(m.description, ''), 200000)
        ) @@ plainto_tsquery('simple', 'heart')
        OR m.title ILIKE '%' || 'heart' || '%'
        OR m.description ILIKE '%' || 'heart' || '%'
        OR m.tags @> ARRAY['heart'::text]
    )
ORDER BY rank DESC, m.title;
