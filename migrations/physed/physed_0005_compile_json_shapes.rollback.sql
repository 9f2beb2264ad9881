DROP FUNCTION json_fault(jsonb, jsonb, text);
DROP FUNCTION compiled_shape(jsonb);
DROP FUNCTION json_path_of(jsonb, text);
