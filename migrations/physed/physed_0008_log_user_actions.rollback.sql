DROP TABLE activity_logs;
DROP FUNCTION log_action(text, jsonb);
