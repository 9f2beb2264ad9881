DROP FUNCTION drop_archived_months(regclass);
DROP FUNCTION retention_start(text);
DROP TABLE retention_settings;
