DROP TRIGGER study_materials_log_delete ON study_materials;
DROP TRIGGER study_materials_log_update ON study_materials;
DROP TRIGGER study_materials_log_insert ON study_materials;
DROP TRIGGER users_log_delete ON users;
DROP TRIGGER users_log_update ON users;
DROP TRIGGER users_log_insert ON users;
DROP FUNCTION log_changes();
DROP FUNCTION write_audit(text, text, uuid, jsonb, jsonb, boolean, text);
