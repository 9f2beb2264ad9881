-- what: activities of a category and of every category below it
-- source: service query; the document
-- budget_ms: 50
-- params: category = 'Movement'
-- scale_params: category = 'Scale: ground'
-- person: 00000000-0000-4000-9000-000000000001

WITH RECURSIVE branch AS (
    SELECT c.id, c.name, 1 AS depth
    FROM activity_categories AS c
    WHERE c.name = 'Movement'
    UNION ALL
    SELECT c.id, c.name, b.depth + 1
    FROM branch AS b
    INNER JOIN activity_categories AS c ON c.parent_id = b.id
)

SELECT a.id, a.name, b.name AS category, b.depth, l.primary_category
FROM branch AS b
INNER JOIN activity_category_associations AS l ON l.category_id = b.id
INNER JOIN activities AS a ON a.id = l.activity_id
ORDER BY b.depth, b.name, a.name;
