DROP FUNCTION prefixed_id(text);
