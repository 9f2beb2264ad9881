DROP TRIGGER class_students_log_reenrollment ON class_students;
DROP FUNCTION log_reenrollment();
DROP TRIGGER users_log_their_rank ON users;
DROP TRIGGER users_log_their_end ON users;
DROP FUNCTION log_account_change();
DROP FUNCTION log_action(text, text, text, jsonb, inet, text);
