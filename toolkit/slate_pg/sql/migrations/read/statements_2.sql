-- The journal of non-transactional scripts under way, and backfills under way, from a ledger of version 2 and later; the
-- columns are those of every version. Reads only.
SELECT
    key AS id, split_part(kind, ' ', 1) AS direction, number, total, ended_at,
    NULL::bigint AS rows, NULL::float8 AS duration_ms, NULL::text AS note
FROM {schema}._slate_ledger
WHERE kind IN ('apply statement', 'rollback statement')
UNION ALL
SELECT
    key, CASE number WHEN 0 THEN 'apply' ELSE 'rollback' END, 1, 1, NULL,
    rows, duration_ms, note
FROM {schema}._slate_ledger
WHERE kind = 'backfill' AND ended_at IS NULL
