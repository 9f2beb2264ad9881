-- documented: soft-delete-content-requests
-- schedule: 0 3 * * *
-- after: close_stalled_content_requests
-- why: requests that are done are kept in sight for 90 days
-- timeout: 10min
-- transaction: yes
-- retries: 2

WITH soft_deleted AS (
    UPDATE content_requests
    SET deleted_at = now()
    WHERE created_at < now() - interval '90 days'
      AND status IN ('completed', 'failed')
      AND deleted_at IS NULL
    RETURNING id
)

SELECT count(*) AS requests_soft_deleted FROM soft_deleted;
