-- documented: cleanup-notifications
-- schedule: 0 4 * * *
-- why: read notifications older than 30 days are of no use to anybody
-- timeout: 10min
-- transaction: yes
-- retries: 2
WITH gone AS (
    DELETE FROM user_notifications
    WHERE created_at < retention_start('user_notifications') AND is_read = true
    RETURNING 1
)

SELECT count(*) AS deleted_notifications FROM gone;
