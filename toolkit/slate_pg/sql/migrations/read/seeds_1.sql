-- The seed files that were loaded, from a ledger of version 1; the columns are those of every version. Reads only.
SELECT seed, checksum FROM {schema}._slate_seed
