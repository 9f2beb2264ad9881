DROP FUNCTION recount_content_usage();
