DROP FUNCTION refuse_json(text, text, text);
DROP FUNCTION json_weights_fault(jsonb, text);
DROP FUNCTION find_json_fault(jsonb, jsonb, text);
DROP FUNCTION is_date(text);
