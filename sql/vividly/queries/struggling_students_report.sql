-- what: students who struggle with two topics or more, and how often they asked for simpler videos
-- why: printed, it multiplies topics x feedback, counts any make_simpler and lists deleted accounts
-- source: the document; DEVIATIONS V12, V13
-- budget_ms: 200
-- params: least_topics = 2
-- person: user_scale_ops
-- scale_params: least_topics = 2

WITH struggling AS (
    SELECT
        sp.student_id,
        array_agg(sp.topic_id) AS topic_ids,
        array_agg(t.title ORDER BY t.title) AS topics
    FROM student_progress AS sp
    INNER JOIN topics AS t ON t.id = sp.topic_id
    WHERE sp.status = 'struggling'
    GROUP BY sp.student_id
    HAVING count(*) >= 2
)

SELECT
    u.id,
    u.first_name,
    u.last_name,
    cardinality(s.topic_ids) AS struggling_topics,
    f.simplify_requests,
    s.topics
FROM struggling AS s
INNER JOIN users AS u ON u.id = s.student_id AND u.role = 'student' AND u.deleted_at IS NULL
CROSS JOIN LATERAL (
    SELECT count(*) AS simplify_requests
    FROM feedback AS fb
    INNER JOIN generated_content AS gc ON gc.id = fb.content_id
    WHERE fb.student_id = s.student_id
        AND fb.feedback_type = 'make_simpler'
        AND gc.topic_id = ANY (s.topic_ids)
) AS f
ORDER BY struggling_topics DESC, u.id;
