DROP TABLE sync_logs;
DROP TYPE sync_status;
