-- what: the most viewed videos and how many viewers complete the topic
-- source: the document
-- budget_ms: 100
-- params: least_views = 10, page_size = 50
-- person: user_scale_ops
-- scale_params: least_views = 10, page_size = 50

SELECT
    t.subject,
    t.title AS topic_title,
    i.name AS interest,
    gc.view_count,
    gc.completion_count,
    ROUND(100.0 * gc.completion_count / NULLIF(gc.view_count, 0), 2) AS completion_rate,
    gc.average_rating
FROM generated_content gc
JOIN topics t ON gc.topic_id = t.id
JOIN interests i ON gc.interest_id = i.id
WHERE gc.view_count >= 10
ORDER BY gc.view_count DESC
LIMIT 50;
