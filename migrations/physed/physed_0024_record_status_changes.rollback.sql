DROP TABLE status_changes;
DROP FUNCTION record_first_status();
DROP FUNCTION record_status();
