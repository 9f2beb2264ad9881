-- what: requests still on their way, the longest waiting first
-- source: service query; the document, line 472
-- budget_ms: 50
-- params: page_size = 50

SELECT
    cr.id,
    cr.student_id,
    cr.status,
    cr.retry_count,
    cr.created_at,
    now() - cr.updated_at AS waiting
FROM content_requests AS cr
WHERE cr.status NOT IN ('completed', 'failed')
    AND cr.deleted_at IS NULL
ORDER BY cr.updated_at, cr.id
LIMIT 50;
