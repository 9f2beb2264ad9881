-- The texts of repeatable files that are applied, each with the one before it, the newest of a name with the highest
-- number, from a ledger of version 2; the columns are those of every version. Reads only.
SELECT key AS name, number, began_at, who, checksum, body, rollback_checksum, rollback_body, note
FROM {schema}._slate_ledger
WHERE kind = 'repeatable'
