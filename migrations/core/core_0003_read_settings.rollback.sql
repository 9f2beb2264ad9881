DROP FUNCTION setting_inet(text);
DROP FUNCTION setting_uuid(text);
DROP FUNCTION setting_text(text);
