DROP FUNCTION without_names(text, text[], text);
