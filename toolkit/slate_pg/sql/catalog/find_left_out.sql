-- What no catalog tells: the ledger, which is Slate's, and what belongs to an extension, which is told by the
-- extension. Reads only.
WITH ledger AS (
    SELECT c.oid FROM pg_catalog.pg_class AS c
    WHERE c.relnamespace = ANY(%(schemas)s) AND c.relkind IN ('r', 'S', 'v')
        AND (c.relname ~ '^_(yoyo|slate)_' OR c.relname ~ '^yoyo_lock')
)

SELECT coalesce(array_agg(o.oid), '{}')
FROM (
    SELECT l.oid FROM ledger AS l
    UNION ALL
    SELECT i.indexrelid FROM pg_catalog.pg_index AS i INNER JOIN ledger AS l ON l.oid = i.indrelid
    UNION ALL
    SELECT d.objid FROM pg_catalog.pg_depend AS d WHERE d.deptype = 'e'
) AS o
