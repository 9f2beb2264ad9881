DROP TABLE student_account_requests;
DROP FUNCTION guard_account_request();
DROP FUNCTION fit_account_request();
DROP TYPE account_request_status;
