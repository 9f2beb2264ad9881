-- what: a class, student by student, each measure counted for itself
-- why: printed, it multiplies progress x requests x feedback, sees completed topics only, takes 0 for no rating
-- source: the document, line 927; rulings V11, V12
-- budget_ms: 100
-- params: class_id = 'class_abc123'

SELECT
    u.id,
    u.first_name,
    u.last_name,
    u.last_login_at,
    p.topics_completed,
    r.total_requests,
    f.avg_rating,
    p.last_activity
FROM class_students AS cs
INNER JOIN users AS u ON u.id = cs.student_id AND u.deleted_at IS NULL
CROSS JOIN LATERAL (
    SELECT
        count(*) FILTER (WHERE sp.status = 'completed') AS topics_completed,
        max(sp.last_viewed_at) AS last_activity
    FROM student_progress AS sp
    WHERE sp.student_id = cs.student_id
) AS p
CROSS JOIN LATERAL (
    SELECT count(*) AS total_requests
    FROM content_requests AS cr
    WHERE cr.student_id = cs.student_id AND cr.deleted_at IS NULL
) AS r
CROSS JOIN LATERAL (
    SELECT avg(fb.rating) AS avg_rating
    FROM feedback AS fb
    WHERE fb.student_id = cs.student_id
) AS f
WHERE cs.class_id = 'class_abc123'
    AND cs.dropped_at IS NULL
ORDER BY p.last_activity DESC NULLS LAST, u.id;
