DROP TRIGGER users_are_audited ON users;
DROP TABLE audit_log;
DROP FUNCTION write_audit();
