DROP TABLE bulk_upload_jobs;
DROP TYPE job_status;
