-- Fills the materialized views that are filled on the target: only such a one can be refreshed CONCURRENTLY. Reads only.
SELECT
    format('contents of materialized view %I.%I', n.nspname, c.relname),
    format('REFRESH MATERIALIZED VIEW %I.%I', n.nspname, c.relname)
FROM pg_catalog.pg_class AS c
INNER JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.relkind = 'm' AND c.relispopulated
    AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
    AND NOT EXISTS (
        SELECT FROM pg_catalog.pg_depend AS d
        WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e'
    )
ORDER BY c.oid
