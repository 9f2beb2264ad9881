DROP TABLE content_requests;
DROP FUNCTION follow_pipeline();
DROP TYPE request_status;
