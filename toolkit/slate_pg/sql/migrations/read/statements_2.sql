-- The journal of non-transactional scripts under way, from a ledger of version 2; the columns are those of every version. Reads only.
SELECT key AS id, split_part(kind, ' ', 1) AS direction, number, total, ended_at
FROM {schema}._slate_ledger
WHERE kind IN ('apply statement', 'rollback statement')
