-- why: the next number beyond the limit is an error on every insert
SELECT
    format('%I.%I', s.schemaname, s.sequencename),
    format(
        '%s%% of its range used',
        round(100.0 * s.last_value / CASE WHEN s.increment_by > 0 THEN s.max_value ELSE s.min_value END)
    ),
    format('ALTER SEQUENCE %I.%I AS bigint;  -- and the column', s.schemaname, s.sequencename)
FROM pg_catalog.pg_sequences AS s
WHERE s.schemaname = ANY(:schemas) AND NOT s.cycle
    AND CASE
        WHEN s.increment_by > 0 THEN s.max_value > 0 AND s.last_value > 0.7 * s.max_value
        ELSE s.min_value < 0 AND s.last_value < 0.7 * s.min_value
    END
