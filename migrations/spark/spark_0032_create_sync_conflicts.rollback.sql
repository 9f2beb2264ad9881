DROP TABLE sync_conflicts;
DROP FUNCTION my_sync_log_ids();
DROP FUNCTION mark_log_in_conflict();
DROP FUNCTION is_my_sync_entity(text, uuid);
DROP FUNCTION sync_entity_owner(text, uuid);
DROP FUNCTION check_sync_conflict();
