-- What is said of a role, empty when nothing is; no row when there is no such role. Reads only.
SELECT coalesce(pg_catalog.shobj_description(oid, 'pg_authid'), '')
FROM pg_catalog.pg_roles WHERE rolname = %s
