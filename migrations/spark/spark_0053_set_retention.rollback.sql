DROP FUNCTION purge_audit_logs();
DROP FUNCTION retention_start(text);
DROP TABLE retention_settings;
