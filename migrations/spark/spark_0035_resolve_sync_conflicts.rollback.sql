DROP FUNCTION fail_stale_sync_logs(interval);
DROP FUNCTION resolve_sync_conflict(uuid, text);
