-- Of each of these roles: the other databases in which it owns or is granted something, the logins that may become it,
-- and whether anything at all leans on it. Reads only.
SELECT
    r.rolname,
    ARRAY(
        SELECT DISTINCT b.datname::text
        FROM pg_catalog.pg_shdepend AS d
        INNER JOIN pg_catalog.pg_database AS b ON b.oid = d.dbid
        WHERE d.refclassid = 'pg_catalog.pg_authid'::regclass AND d.refobjid = r.oid AND b.datname <> current_database()
        ORDER BY 1
    ),
    ARRAY(
        SELECT u.rolname::text
        FROM pg_catalog.pg_auth_members AS m
        INNER JOIN pg_catalog.pg_roles AS u ON u.oid = m.member
        WHERE m.roleid = r.oid AND u.rolcanlogin AND NOT u.rolsuper
        ORDER BY 1
    )
FROM pg_catalog.pg_roles AS r
WHERE r.rolname = ANY(%(roles)s)
