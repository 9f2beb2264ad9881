-- what: as the document prints it; what it does wrong is told in sql/vividly/DEVIATIONS.md
-- source: the document, line 927
-- params: class_id = 'class_abc123'

SELECT
    u.id,
    u.first_name,
    u.last_name,
    u.last_login_at,
    COUNT(DISTINCT sp.topic_id) AS topics_completed,
    COUNT(DISTINCT cr.id) AS total_requests,
    COALESCE(AVG(f.rating), 0) AS avg_rating,
    MAX(sp.last_viewed_at) AS last_activity
FROM class_students cs
JOIN users u ON cs.student_id = u.id
LEFT JOIN student_progress sp ON u.id = sp.student_id AND sp.status = 'completed'
LEFT JOIN content_requests cr ON u.id = cr.student_id
LEFT JOIN feedback f ON u.id = f.student_id
WHERE cs.class_id = 'class_abc123'
  AND cs.dropped_at IS NULL
GROUP BY u.id, u.first_name, u.last_name, u.last_login_at
ORDER BY last_activity DESC NULLS LAST;
