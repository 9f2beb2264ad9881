-- Every role with the roles it is a member of, directly or through others.
WITH RECURSIVE reached (member, role) AS (
    SELECT m.member, m.roleid FROM pg_auth_members AS m
    UNION
    SELECT r.member, m.roleid FROM reached AS r INNER JOIN pg_auth_members AS m ON m.member = r.role
)
SELECT
    a.rolname::text AS name,
    a.rolsuper AS superuser,
    a.rolcanlogin AS login,
    a.rolbypassrls AS bypass_rls,
    ARRAY(
        SELECT b.rolname::text FROM reached AS r INNER JOIN pg_roles AS b ON b.oid = r.role
        WHERE r.member = a.oid
        ORDER BY 1
    ) AS member_of
FROM pg_roles AS a
ORDER BY a.rolname
