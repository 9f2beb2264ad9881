-- What one installation has applied, without the texts. Reads only.
SELECT
    y.migration_id,
    y.applied_at_utc,
    s.checksum,
    s.rollback_checksum
FROM {schema}._yoyo_migration AS y
LEFT JOIN {schema}._slate_migration AS s ON s.migration_id = y.migration_id
ORDER BY y.applied_at_utc, y.migration_id
