-- What is applied, from a ledger of version 3; the columns are those of every version. Reads only.
SELECT
    key AS id, began_at, ended_at, who, checksum, body, rollback_checksum, rollback_body, rollback_transactional,
    variables
FROM {schema}._slate_ledger
WHERE kind = 'migration'
