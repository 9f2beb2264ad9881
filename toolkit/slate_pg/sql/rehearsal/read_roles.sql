-- Every role but the server's own, with what it may. Reads only.
SELECT rolname, rolcanlogin, rolinherit, rolcreaterole OR rolsuper, rolbypassrls OR rolsuper, rolsuper
FROM pg_catalog.pg_roles
WHERE rolname !~ '^pg_'
ORDER BY oid
