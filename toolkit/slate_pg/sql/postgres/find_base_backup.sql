-- A base backup of this cluster under way: its phase, the bytes that are sent and all there are, 0 where nobody knows.
-- Reads only.
SELECT 'base backup', phase, coalesce(backup_streamed, 0), coalesce(backup_total, 0)
FROM pg_catalog.pg_stat_progress_basebackup
ORDER BY pid DESC
LIMIT 1
