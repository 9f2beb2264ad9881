-- What is applied, from a ledger of version 0; the columns are those of every version. Reads only.
SELECT
    migration_id::text AS id, NULL::timestamptz AS began_at, applied_at_utc AT TIME ZONE 'UTC' AS ended_at,
    NULL::text AS who, NULL::text AS checksum, NULL::text AS body, NULL::text AS rollback_checksum,
    NULL::text AS rollback_body, NULL::boolean AS rollback_transactional, NULL::jsonb AS variables
FROM {schema}._yoyo_migration
