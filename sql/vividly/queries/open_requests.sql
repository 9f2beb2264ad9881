-- what: the fifty requests on their way that have waited longest
-- source: service query; the document
-- budget_ms: 50
-- person: user_scale_ops

SELECT
    cr.id,
    cr.student_id,
    cr.status,
    cr.retry_count,
    cr.created_at,
    cr.updated_at AS waiting_since
FROM content_requests AS cr
WHERE cr.status NOT IN ('completed', 'failed')
    AND cr.deleted_at IS NULL
ORDER BY cr.updated_at, cr.id
LIMIT 50;
