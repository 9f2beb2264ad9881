DROP TABLE audit_logs;
DROP FUNCTION claim_audit_log_ids();
DROP TABLE audit_log_keys;
