DROP TRIGGER sync_conflicts_close_logs ON sync_conflicts;
DROP FUNCTION close_emptied_logs();
DROP FUNCTION fail_stale_sync_logs(interval);
DROP FUNCTION resolve_sync_conflict(uuid, text);
