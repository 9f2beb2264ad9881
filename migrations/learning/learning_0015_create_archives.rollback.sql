DROP TABLE audit_logs_archive;
DROP TABLE progress_metrics_archive;
DROP TABLE interactions_archive;
DROP FUNCTION refuse_archive_change();
