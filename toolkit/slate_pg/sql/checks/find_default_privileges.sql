-- ALTER DEFAULT PRIVILEGES for the whole database: role, kind of object, privilege, grantee (NULL: everybody).
-- Reads only.
SELECT
    pg_get_userbyid(d.defaclrole),
    d.defaclobjtype,
    g.privilege_type,
    CASE WHEN g.grantee <> 0 THEN pg_get_userbyid(g.grantee) END
FROM pg_catalog.pg_default_acl AS d
LEFT JOIN LATERAL aclexplode(d.defaclacl) AS g ON TRUE
WHERE d.defaclnamespace = 0
