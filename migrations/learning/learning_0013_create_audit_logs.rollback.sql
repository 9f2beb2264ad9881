DROP TABLE audit_logs;
DROP TABLE audit_log_keys;
