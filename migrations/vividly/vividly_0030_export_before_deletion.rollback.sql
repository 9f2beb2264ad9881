DROP FUNCTION confirm_export(integer, bigint, text);
DROP FUNCTION begin_export(text);
DROP FUNCTION feedback_to_archive(integer);
DROP FUNCTION content_requests_to_archive(integer);
DROP TABLE retention_exports;
