-- Tables, views and sequences that exist now, by name, which several schemas may have: what a migration may have to
-- wait for. They are found by what depends on their schemas, which is indexed: where many installations share a
-- database, most relations are of others. Reads only.
SELECT
    c.relname,
    pg_catalog.array_agg(c.oid)
FROM pg_catalog.pg_depend AS d
INNER JOIN pg_catalog.pg_class AS c ON c.oid = d.objid
WHERE d.classid = 'pg_catalog.pg_class'::regclass
    AND d.refclassid = 'pg_catalog.pg_namespace'::regclass
    AND d.refobjid = ANY(
        ARRAY(SELECT n.oid FROM pg_catalog.pg_namespace AS n WHERE n.nspname = ANY(%(schemas)s::name []))
    )
    AND c.relkind IN ('r', 'p', 'v', 'm', 'S')
    AND (%(with_ledger)s OR c.relname !~ '^(_slate_|_yoyo_|yoyo_lock$)')
GROUP BY c.relname
