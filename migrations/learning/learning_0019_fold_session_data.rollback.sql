DROP FUNCTION fold_session_data(timestamptz, integer);
DROP FUNCTION record_session_metrics(uuid);
