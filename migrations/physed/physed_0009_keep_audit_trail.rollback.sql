DROP TRIGGER users_are_audited ON users;
DROP TRIGGER users_removed_are_audited ON users;
DROP TRIGGER users_added_are_audited ON users;
DROP TABLE audit_log;
DROP FUNCTION write_audit_of_all();
DROP FUNCTION write_audit();
