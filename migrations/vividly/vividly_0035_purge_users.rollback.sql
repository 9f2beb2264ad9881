DROP FUNCTION erase_person(text, text);
DROP FUNCTION purge_user(text, text);
