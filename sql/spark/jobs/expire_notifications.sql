-- schedule: 15 4 * * *
-- why: expires_at is a promise, for unread notifications too; cleanup_notifications looks at read
--      ones only
-- timeout: 10min
-- transaction: yes
-- retries: 2
WITH gone AS (
    DELETE FROM user_notifications
    WHERE expires_at < now()
    RETURNING 1
)

SELECT count(*) AS expired_notifications FROM gone;
