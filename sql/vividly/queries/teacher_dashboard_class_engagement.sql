-- what: a class, student by student; last_activity sees completed topics only, 0 is also "no rating"; see _fast
-- source: the document, line 927
-- budget_ms: 200
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
