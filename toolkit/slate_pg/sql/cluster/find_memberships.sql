-- The roles that a role is a member of. Reads only.
SELECT pg_catalog.pg_get_userbyid(m.roleid)::text
FROM pg_catalog.pg_auth_members AS m
INNER JOIN pg_catalog.pg_roles AS r ON r.oid = m.member
WHERE r.rolname = %s
