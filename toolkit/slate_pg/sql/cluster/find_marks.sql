-- The roles whose comment is one of these. Reads only.
SELECT r.rolname, d.description
FROM pg_catalog.pg_shdescription AS d
INNER JOIN pg_catalog.pg_roles AS r ON r.oid = d.objoid
WHERE d.classoid = 'pg_catalog.pg_authid'::regclass AND d.description = ANY(%(marks)s)
