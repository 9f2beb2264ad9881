-- The names of a schema's relations, functions and types, which a text may call by them. Reads only.
SELECT coalesce(c.relname, p.proname, t.typname)
FROM pg_catalog.pg_depend AS d
LEFT JOIN pg_catalog.pg_class AS c ON d.classid = 'pg_catalog.pg_class'::regclass AND c.oid = d.objid
LEFT JOIN pg_catalog.pg_proc AS p ON d.classid = 'pg_catalog.pg_proc'::regclass AND p.oid = d.objid
LEFT JOIN pg_catalog.pg_type AS t ON d.classid = 'pg_catalog.pg_type'::regclass AND t.oid = d.objid
WHERE d.refclassid = 'pg_catalog.pg_namespace'::regclass AND d.refobjid = %(schema)s::regnamespace
    AND coalesce(c.relname, p.proname, t.typname) IS NOT NULL
