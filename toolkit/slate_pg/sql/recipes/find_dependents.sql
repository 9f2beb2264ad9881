-- What hangs on one column of a table beside its default, sequence, indexes and their constraints: in words. Reads only.
SELECT DISTINCT pg_catalog.pg_describe_object(d.classid, d.objid, d.objsubid)
FROM pg_catalog.pg_depend AS d
INNER JOIN pg_catalog.pg_attribute AS a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
WHERE d.refclassid = 'pg_catalog.pg_class'::regclass AND d.refobjid = %(table)s AND a.attname = %(column)s
    AND d.deptype IN ('n', 'a')
    AND NOT (d.classid = 'pg_catalog.pg_class'::regclass AND EXISTS (
        SELECT FROM pg_catalog.pg_class AS c
        LEFT JOIN pg_catalog.pg_index AS i ON i.indexrelid = c.oid
        WHERE c.oid = d.objid AND (c.relkind = 'S' OR a.attnum = ANY (i.indkey::int2[]))
    ))
    AND NOT (d.classid = 'pg_catalog.pg_attrdef'::regclass AND EXISTS (
        SELECT FROM pg_catalog.pg_attrdef AS e WHERE e.oid = d.objid AND e.adrelid = a.attrelid AND e.adnum = a.attnum
    ))
    AND NOT (d.classid = 'pg_catalog.pg_constraint'::regclass AND EXISTS (
        SELECT FROM pg_catalog.pg_constraint AS k
        WHERE k.oid = d.objid AND k.conrelid = a.attrelid AND k.contype IN ('p', 'u', 'n')
    ))
ORDER BY 1
