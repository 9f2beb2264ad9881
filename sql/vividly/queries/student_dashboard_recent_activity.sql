-- what: what one student looked at last, newest first
-- source: the document
-- budget_ms: 50
-- params: student_id = 'user_12345', page_size = 10
-- person: user_scale_1_1
-- scale_params: student_id = 'user_scale_1_1', page_size = 10

SELECT
    sp.topic_id,
    t.title AS topic_title,
    t.subject,
    sp.status,
    sp.last_viewed_at,
    gc.video_url,
    gc.duration_seconds
FROM student_progress sp
JOIN topics t ON sp.topic_id = t.id
LEFT JOIN generated_content gc ON sp.content_id = gc.id
WHERE sp.student_id = 'user_12345'
  AND sp.last_viewed_at IS NOT NULL
ORDER BY sp.last_viewed_at DESC
LIMIT 10;
