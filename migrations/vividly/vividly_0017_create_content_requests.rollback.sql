DROP TABLE content_requests;
DROP TYPE request_status;
