-- One row for each of some ledgers of version 2 or later, whose rows the runner puts together as `rows`: how much is applied, which
-- migration came last, a digest of all that decides what is pending or edited, whether rows, texts, checksums and history
-- say the same (as read/wholeness_2 has it), whether it is in a state of its own (a script is half way, another
-- ledger is kept), whether something was made elsewhere, and a mark of the rows themselves, which roll.py asks for again.
-- Reads only.
, by_migration AS (
    SELECT
        r.schema,
        r.key,
        bool_or(r.kind = 'migration') AS on_record,
        max(r.ended_at) FILTER (WHERE r.kind = 'migration') AS ended_at,
        max(r.checksum) FILTER (WHERE r.kind = 'migration') AS checksum,
        max(r.rollback_checksum) FILTER (WHERE r.kind = 'migration') AS rollback_checksum,
        bool_and(r.agrees) AS agrees,
        coalesce(bool_or(r.note <> '[]') FILTER (WHERE r.kind = 'migration'), FALSE) AS elsewhere,
        bool_or(
            r.kind IN ('apply statement', 'rollback statement', 'setting')
            OR (r.kind = 'backfill' AND r.ended_at IS NULL)
        ) AS alone,
        max(r.variables) FILTER (WHERE r.kind = 'migration') AS variables,
        (array_agg(r.checksum ORDER BY r.number DESC) FILTER (WHERE r.kind = 'repeatable'))[1] AS repeatable,
        bool_or(r.kind = 'replaced') AS replaced,
        count(*) FILTER (WHERE r.kind = 'apply' AND r.number <> 0) AS applied,
        count(*) FILTER (WHERE r.kind = 'mark' AND r.number <> 0) AS marked,
        count(*) FILTER (WHERE r.kind IN ('rollback', 'unmark') AND r.number <> 0) AS undone,
        (
            array_agg(r.kind ORDER BY r.number DESC)
            FILTER (WHERE r.kind IN ('apply', 'mark', 'rollback', 'unmark') AND r.number <> 0)
        )[1] AS last_kind,
        max(r.of_table) AS of_table,
        count(*) AS of_rows,
        sum(r.of_row) AS mark
    FROM rows AS r
    GROUP BY r.schema, r.key
),

judged AS (
    SELECT
        m.*,
        m.agrees AND CASE
            WHEN m.on_record THEN
                m.checksum IS NOT NULL
                AND (coalesce(m.last_kind IN ('apply', 'mark'), FALSE) OR m.applied + m.marked > m.undone)
            ELSE
                m.applied <= m.undone
                AND NOT (m.applied + m.marked > m.undone AND coalesce(m.last_kind IN ('apply', 'mark'), FALSE))
        END AS whole
    FROM by_migration AS m
)

SELECT
    j.schema,
    count(*) FILTER (WHERE j.on_record)::integer,
    (array_agg(j.key ORDER BY j.ended_at DESC, j.key DESC) FILTER (WHERE j.on_record))[1],
    coalesce(
        md5(
            string_agg(
                concat_ws(' ', j.key, j.checksum, j.rollback_checksum, j.variables, j.repeatable, j.replaced),
                chr(10) ORDER BY j.ended_at, j.key
            ) FILTER (WHERE j.on_record OR j.repeatable IS NOT NULL OR j.replaced)
        ),
        ''
    ),
    bool_and(j.whole) AND NOT bool_or(j.alone),
    bool_or(j.elsewhere),
    array_agg(j.key) FILTER (WHERE NOT j.on_record),
    concat_ws(' ', max(j.of_table), sum(j.of_rows), sum(j.mark))
FROM judged AS j
GROUP BY j.schema
