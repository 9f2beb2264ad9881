DROP FUNCTION purge_sync_logs_archive(interval);
DROP FUNCTION archive_old_sync_logs();
DROP TABLE sync_conflicts_archive;
DROP TABLE sync_logs_archive;
