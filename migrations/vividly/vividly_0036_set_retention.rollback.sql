DROP FUNCTION delete_old_papers();
DROP FUNCTION archive_trail();
DROP TABLE retention_settings;
