DROP FUNCTION refuse_archive_write();
DROP FUNCTION refuse_old_snapshot(text, text);
DROP FUNCTION refuse_change();
DROP FUNCTION is_maintenance(regclass);
