DROP TRIGGER audit_schools ON schools;
DROP TRIGGER audit_users ON users;
DROP TABLE audit_logs;
DROP FUNCTION audit_trigger_function();
DROP FUNCTION key_of_gone_person(text, jsonb);
DROP FUNCTION client_address();
