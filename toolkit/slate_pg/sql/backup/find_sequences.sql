-- The sequences of a schema that carry a value of their own. Reads only.
SELECT c.relname
FROM pg_catalog.pg_class AS c
WHERE c.relnamespace = %s::regnamespace AND c.relkind = 'S'
    AND NOT EXISTS (
        SELECT FROM pg_catalog.pg_depend AS d
        WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e'
    )
ORDER BY c.relname COLLATE "C"
