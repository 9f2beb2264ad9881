-- How many objects of any kind a schema holds: only an empty one is restored into. What a schema has of itself, default
-- privileges and being published, is none. Reads only.
SELECT count(*) FROM pg_catalog.pg_depend AS d INNER JOIN pg_catalog.pg_namespace AS s ON s.oid = d.refobjid
WHERE
    s.nspname = %s AND d.refclassid = 'pg_catalog.pg_namespace'::pg_catalog.regclass
    AND d.classid NOT IN (
        'pg_catalog.pg_default_acl'::pg_catalog.regclass, 'pg_catalog.pg_publication_namespace'::pg_catalog.regclass
    )
