-- Whether one of these transactions, of which rows can be seen, is this one or a part of it. Reads only.
SELECT
    coalesce(
        bool_or(
            CASE WHEN x.by BETWEEN h.top AND h.top + 16777216 THEN
                x.by >= pg_catalog.pg_snapshot_xmax(pg_catalog.pg_current_snapshot())::text::bigint
                OR pg_catalog.pg_xact_status(x.by::text::xid8) = 'in progress'
            END
        ),
        FALSE
    )
FROM (SELECT pg_catalog.pg_current_xact_id()::text::bigint AS top) AS h
CROSS JOIN unnest(%(written)s::text []) AS w (by)
CROSS JOIN LATERAL (SELECT (h.top >> 32 << 32) | w.by::bigint AS by) AS x
