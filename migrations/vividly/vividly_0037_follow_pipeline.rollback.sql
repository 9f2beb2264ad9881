DROP TRIGGER content_requests_follow_the_pipeline ON content_requests;
DROP FUNCTION follow_pipeline();
DROP TABLE request_status_moves;
