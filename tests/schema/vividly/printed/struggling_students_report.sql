-- what: as the document prints it; what it does wrong is told in sql/vividly/DEVIATIONS.md
-- source: the document, line 987
-- params: least_topics = 2

SELECT
    u.id,
    u.first_name,
    u.last_name,
    COUNT(DISTINCT sp.topic_id) FILTER (WHERE sp.status = 'struggling') AS struggling_topics,
    COUNT(DISTINCT f.id) FILTER (WHERE f.feedback_type = 'make_simpler') AS simplify_requests,
    ARRAY_AGG(DISTINCT t.title) FILTER (WHERE sp.status = 'struggling') AS topics
FROM users u
JOIN student_progress sp ON u.id = sp.student_id
LEFT JOIN feedback f ON u.id = f.student_id
LEFT JOIN topics t ON sp.topic_id = t.id
WHERE u.role = 'student'
  AND sp.status = 'struggling'
GROUP BY u.id, u.first_name, u.last_name
HAVING COUNT(DISTINCT sp.topic_id) FILTER (WHERE sp.status = 'struggling') >= 2
ORDER BY struggling_topics DESC;
