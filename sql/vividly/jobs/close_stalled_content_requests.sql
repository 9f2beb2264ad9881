-- schedule: 30 2 * * *
-- why: what is under way after 90 days never ends by itself and would never be deleted (V14)
-- timeout: 10min
-- transaction: yes
-- retries: 2

WITH closed AS (
    UPDATE content_requests
    SET
        status = CASE status
            WHEN 'fast_path_ready' THEN 'completed' ELSE 'failed'
        END::request_status,
        error_message = CASE
            WHEN status = 'fast_path_ready' THEN error_message
            ELSE coalesce(error_message, 'closed after 90 days at ' || status)
        END
    -- A failed one that was tried again is as young as its last step.
    WHERE created_at < now() - interval '90 days'
        AND (retry_count = 0 OR updated_at < now() - interval '90 days')
        AND status NOT IN ('completed', 'failed')
        AND deleted_at IS NULL
    RETURNING status
)

SELECT
    count(*) FILTER (WHERE status = 'completed') AS requests_completed,
    count(*) FILTER (WHERE status = 'failed') AS requests_failed
FROM closed;
