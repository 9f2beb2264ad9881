-- Who owns or is granted anything in this database, the bootstrap superuser included (whom pg_shdepend leaves out).
-- Reads only.
SELECT r.rolname FROM pg_catalog.pg_roles AS r
WHERE r.rolname !~ '^pg_' AND r.oid IN (
    SELECT d.refobjid FROM pg_catalog.pg_shdepend AS d
    WHERE d.refclassid = 'pg_catalog.pg_authid'::regclass AND d.classid <> 'pg_catalog.pg_database'::regclass
        AND d.dbid = (SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database())
    UNION SELECT n.nspowner FROM pg_catalog.pg_namespace AS n WHERE n.nspname = ANY(%(schemas)s)
    UNION SELECT c.relowner FROM pg_catalog.pg_class AS c
    INNER JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace WHERE n.nspname = ANY(%(schemas)s)
    UNION SELECT p.proowner FROM pg_catalog.pg_proc AS p
    INNER JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace WHERE n.nspname = ANY(%(schemas)s)
)
ORDER BY r.rolname COLLATE "C"
