-- Which migrations were ever applied, from a ledger of version 1; the columns are those of every version. Reads only.
SELECT migration_id::text AS id FROM {schema}._yoyo_log
