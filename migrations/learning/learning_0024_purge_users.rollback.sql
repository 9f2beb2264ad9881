DROP FUNCTION erase_person(uuid);
DROP FUNCTION purge_deleted_users(timestamptz, integer);
DROP FUNCTION purge_user(uuid);
