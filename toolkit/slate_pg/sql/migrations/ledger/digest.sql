-- A digest of what an installation has applied, and of what is under way in its journal. Reads only.
SELECT pg_catalog.md5(pg_catalog.string_agg(
    pg_catalog.concat_ws(' ', kind, key, number, checksum, rollback_checksum), E'\n' ORDER BY kind, key, number
))
FROM {schema}._slate_ledger
WHERE kind IN ('migration', 'apply statement', 'rollback statement', 'setting', 'repeatable')
    OR (kind = 'backfill' AND ended_at IS NULL)
