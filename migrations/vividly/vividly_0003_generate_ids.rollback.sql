DROP FUNCTION generate_id(text);
