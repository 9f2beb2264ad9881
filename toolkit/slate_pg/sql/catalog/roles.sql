-- Roles and memberships, without passwords. Reads only.
SELECT
    'role' AS kind,
    r.rolname AS name,
    NULL AS on_kind,
    NULL AS on_name,
    json_build_object(
        'superuser', r.rolsuper,
        'inherit', r.rolinherit,
        'create_role', r.rolcreaterole,
        'create_database', r.rolcreatedb,
        'login', r.rolcanlogin,
        'replication', r.rolreplication,
        'bypass_row_security', r.rolbypassrls,
        'connection_limit', r.rolconnlimit,
        'valid_until', r.rolvaliduntil
    )
FROM pg_catalog.pg_roles AS r
WHERE NOT starts_with(r.rolname, 'pg_')
UNION ALL
SELECT
    'membership',
    pg_get_userbyid(m.member),
    'role',
    pg_get_userbyid(m.roleid),
    json_build_object(
        'inherit', bool_or(m.inherit_option), -- from 16
        'set', bool_or(m.set_option), -- from 16
        'admin', bool_or(m.admin_option)
    )
FROM pg_catalog.pg_auth_members AS m
GROUP BY m.member, m.roleid
