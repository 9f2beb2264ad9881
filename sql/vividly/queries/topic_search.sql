-- what: topics whose title or description has the words, best first
-- source: service query; the document (the expression is the index's, letter by letter)
-- budget_ms: 50
-- params: words = 'action forces', page_size = 20
-- person: user_scale_1_1
-- scale_params: words = 'energy', page_size = 20

SELECT
    t.id,
    t.path,
    t.title,
    t.description,
    ts_rank(
        to_tsvector('english', t.title || ' ' || coalesce(t.description, '')),
        websearch_to_tsquery('english', 'action forces')
    ) AS relevance
FROM topics AS t
WHERE to_tsvector('english', t.title || ' ' || coalesce(t.description, ''))
    @@ websearch_to_tsquery('english', 'action forces')
    AND t.is_active
ORDER BY relevance DESC, t.id
LIMIT 20;
