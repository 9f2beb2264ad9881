-- The seed files that were loaded, from a ledger of version 2; the columns are those of every version. Reads only.
SELECT key AS seed, checksum FROM {schema}._slate_ledger WHERE kind = 'seed'
