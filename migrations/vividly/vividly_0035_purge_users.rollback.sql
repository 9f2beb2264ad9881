DROP FUNCTION purge_user(text, text);
