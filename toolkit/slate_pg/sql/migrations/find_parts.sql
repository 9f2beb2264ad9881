-- The relations that are part of a table: itself, its indexes and its sequences, by qualified name. Reads only.
SELECT n.nspname, c.relname
FROM pg_catalog.pg_class AS t
INNER JOIN pg_catalog.pg_namespace AS tn ON tn.oid = t.relnamespace
INNER JOIN pg_catalog.pg_class AS c
    ON c.oid = t.oid
        OR c.oid IN (SELECT i.indexrelid FROM pg_catalog.pg_index AS i WHERE i.indrelid = t.oid)
        OR c.oid IN (
            SELECT d.objid FROM pg_catalog.pg_depend AS d
            WHERE d.refobjid = t.oid AND d.classid = 'pg_catalog.pg_class'::regclass AND d.deptype IN ('a', 'i')
        )
INNER JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE tn.nspname = %(schema)s AND t.relname = %(table)s
