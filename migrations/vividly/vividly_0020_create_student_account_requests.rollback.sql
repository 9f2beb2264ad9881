DROP TABLE student_account_requests;
DROP FUNCTION fit_account_request();
DROP FUNCTION require_role();
DROP TYPE account_request_status;
