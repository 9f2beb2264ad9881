-- What is applied, from a ledger of version 1; the columns are those of every version. Reads only.
SELECT
    y.migration_id::text AS id, s.applied_at AS began_at, y.applied_at_utc AT TIME ZONE 'UTC' AS ended_at,
    s.applied_by AS who, s.checksum, s.body, s.rollback_checksum, s.rollback_body, s.rollback_transactional,
    NULL::jsonb AS variables
FROM {schema}._yoyo_migration AS y
LEFT JOIN {schema}._slate_migration AS s ON s.migration_id = y.migration_id
