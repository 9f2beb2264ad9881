-- what: activities whose metadata contains the given one, with their primary category
-- source: service query; the document
-- budget_ms: 50
-- params: metadata = '{"prerequisites": ["core_strength"], "equipment_details": {"required":
--         ["mat"]}}'
-- scale_params: metadata = '{"prerequisites": ["skill_3"]}'
-- person: 00000000-0000-4000-9000-000000000001

SELECT
    a.id,
    a.name,
    a.activity_type,
    a.difficulty,
    a.duration_minutes,
    c.name AS primary_category,
    a.activity_metadata -> 'safety_considerations' AS safety_considerations
FROM activities AS a
LEFT JOIN activity_category_associations AS l ON l.activity_id = a.id AND l.primary_category
LEFT JOIN activity_categories AS c ON c.id = l.category_id
WHERE
    a.activity_metadata
    @> '{"prerequisites": ["core_strength"], "equipment_details": {"required": ["mat"]}}'
ORDER BY a.name, a.id;
