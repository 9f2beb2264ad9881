DROP FUNCTION erase_person(text, text);
DROP FUNCTION purge_person(text);
DROP FUNCTION take_name_out(text[]);
