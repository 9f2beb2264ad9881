DROP TABLE status_changes;
DROP FUNCTION record_status();
