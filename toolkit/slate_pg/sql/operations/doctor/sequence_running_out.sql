-- why: the next number beyond the limit is an error on every insert
SELECT
    format('%I.%I', s.schemaname, s.sequencename),
    format('%s%% of its range used', round(100.0 * s.last_value / s.max_value)),
    format('ALTER SEQUENCE %I.%I AS bigint;  -- and the column', s.schemaname, s.sequencename)
FROM pg_catalog.pg_sequences AS s
WHERE s.schemaname = ANY(:schemas) AND NOT s.cycle AND s.increment_by > 0 AND s.last_value > 0.7 * s.max_value
