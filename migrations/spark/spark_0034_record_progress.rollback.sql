DROP FUNCTION record_progress(
    uuid, uuid, progress_status, numeric, integer, integer, integer, text, timestamptz, text, uuid
);
