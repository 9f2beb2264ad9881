DROP FUNCTION record_interaction(
    uuid, uuid, text, jsonb, uuid, boolean, integer, double precision, jsonb
);
