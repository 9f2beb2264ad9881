-- Every run of a job, from a ledger of version 1; the columns are those of every version. Reads only.
SELECT id AS number, job, started_at, finished_at, rows, error FROM {schema}._slate_job_run
