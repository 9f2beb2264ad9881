-- The extensions that something of this database is built on, and those of `names`, each with its schema. Reads only.
SELECT e.extname, n.nspname
FROM pg_catalog.pg_extension AS e
INNER JOIN pg_catalog.pg_namespace AS n ON n.oid = e.extnamespace
WHERE e.extname = ANY(%(names)s) OR n.nspname <> 'pg_catalog' AND EXISTS (
    SELECT FROM pg_catalog.pg_depend AS m
    INNER JOIN pg_catalog.pg_depend AS u ON u.refclassid = m.classid AND u.refobjid = m.objid AND u.deptype = 'n'
    WHERE m.refclassid = 'pg_catalog.pg_extension'::regclass AND m.refobjid = e.oid AND m.deptype = 'e'
)
ORDER BY e.extname
