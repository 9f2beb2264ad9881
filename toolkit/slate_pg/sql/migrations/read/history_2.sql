-- Which migrations were ever applied, from a ledger of version 2; the columns are those of every version. Reads only.
SELECT key AS id FROM {schema}._slate_ledger WHERE kind IN ('apply', 'rollback', 'mark', 'unmark')
