-- What a ledger of version 3 says twice, by migration: its row, whether its texts are those of their checksums (with
-- variables, of the texts as they ran), and what
-- the history has of it; the row with number 0 is no event, but a text that the upgrade from version 1 kept. Reads only.
SELECT
    coalesce(m.key, h.key) AS id,
    m.key IS NOT NULL AS on_record,
    m.checksum IS NOT NULL AS with_text,
    m.body IS NULL
    OR coalesce(m.variables ->> 'body', m.checksum) IS NOT DISTINCT FROM pg_catalog.encode(
        pg_catalog.sha256(pg_catalog.convert_to(m.body, 'UTF8')), 'hex'
    ) AS agrees,
    m.rollback_body IS NULL
    OR coalesce(m.variables ->> 'rollback_body', m.rollback_checksum) IS NOT DISTINCT FROM pg_catalog.encode(
        pg_catalog.sha256(pg_catalog.convert_to(m.rollback_body, 'UTF8')), 'hex'
    ) AS rollback_agrees,
    coalesce(h.applied, 0)::integer AS applied,
    coalesce(h.marked, 0)::integer AS marked,
    coalesce(h.undone, 0)::integer AS undone,
    coalesce(h.last_kind, '') AS last_kind,
    coalesce(pg_catalog.starts_with(h.last_note, 'slate'), FALSE) AS by_slate
FROM (SELECT * FROM {schema}._slate_ledger WHERE kind = 'migration') AS m
FULL JOIN (
    SELECT
        key,
        pg_catalog.count(*) FILTER (WHERE kind = 'apply') AS applied,
        pg_catalog.count(*) FILTER (WHERE kind = 'mark') AS marked,
        pg_catalog.count(*) FILTER (WHERE kind IN ('rollback', 'unmark')) AS undone,
        (pg_catalog.array_agg(kind ORDER BY number DESC))[1] AS last_kind,
        (pg_catalog.array_agg(note ORDER BY number DESC))[1] AS last_note
    FROM {schema}._slate_ledger
    WHERE kind IN ('apply', 'mark', 'rollback', 'unmark') AND number <> 0
    GROUP BY key
) AS h ON h.key = m.key
ORDER BY 1
