DROP FUNCTION refuse_change();
DROP FUNCTION is_maintenance(regclass);
