DROP TRIGGER audit_schools ON schools;
DROP TRIGGER audit_users ON users;
DROP FUNCTION audit_trigger_function();
DROP TABLE audit_logs;
