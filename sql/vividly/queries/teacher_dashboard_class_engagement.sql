-- what: a class, student by student, each measure counted for itself; see class_engagement()
-- why: printed, it multiplies rows, sees completed topics only, and takes 0 for no rating
-- source: the document; DEVIATIONS V11, V12
-- budget_ms: 200
-- params: class_id = 'class_abc123'
-- person: user_scale_1_501
-- scale_params: class_id = 'class_scale_1_1'

SELECT
    c.id,
    c.first_name,
    c.last_name,
    c.last_login_at,
    c.topics_completed,
    c.total_requests,
    c.avg_rating,
    c.last_activity
FROM class_engagement('class_abc123') AS c
ORDER BY c.last_activity DESC NULLS LAST, c.id;
