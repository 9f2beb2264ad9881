-- The journal of non-transactional scripts under way, from a ledger of version 1; the columns are those of every version. Reads only.
SELECT migration_id::text AS id, direction::text, number, total, finished_at AS ended_at,
    NULL::bigint AS rows, NULL::float8 AS duration_ms, NULL::text AS note
FROM {schema}._slate_statement
