-- The mark of one ledger as call_roll.sql tells it of many, by the same expression for a row, and whether the ledger is of
-- the version that this Slate writes. Of rows that say nothing of the state there may be others meanwhile. Reads only.
SELECT
    m.mark,
    EXISTS (SELECT FROM pg_catalog.pg_constraint AS k WHERE k.conrelid = m.of_table AND k.conname = {version})
FROM (
    SELECT max(tableoid) AS of_table, pg_catalog.concat_ws(' ', max(tableoid), count(*), sum({row})) AS mark
    FROM {schema}._slate_ledger
    WHERE kind <> ALL({others})
) AS m
