-- Every run of a job, from a ledger of version 2; the columns are those of every version. Reads only.
SELECT number, key AS job, began_at AS started_at, ended_at AS finished_at, rows, note AS error
FROM {schema}._slate_ledger
WHERE kind = 'job'
