DROP FUNCTION record_submission(uuid, uuid, uuid, jsonb, integer, boolean, timestamptz, text);
