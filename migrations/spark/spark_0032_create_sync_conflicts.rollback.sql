DROP TABLE sync_conflicts;
DROP FUNCTION my_sync_log_ids();
DROP FUNCTION mark_log_in_conflict();
