-- Whether a role logs in or is above row security; no row where there is no such role. Reads only.
SELECT r.rolcanlogin OR r.rolsuper OR r.rolbypassrls
FROM pg_catalog.pg_roles AS r
WHERE r.rolname = %(role)s
