-- Who is a member of what; of the server's own roles those that open neither the machine nor the network. Reads only.
SELECT
    r.rolname,
    m.rolname,
    a.admin_option,
    to_jsonb(a) ->> 'inherit_option',
    to_jsonb(a) ->> 'set_option'
FROM pg_catalog.pg_auth_members AS a
INNER JOIN pg_catalog.pg_roles AS r ON r.oid = a.roleid
INNER JOIN pg_catalog.pg_roles AS m ON m.oid = a.member
WHERE m.rolname !~ '^pg_'
    AND (r.rolname !~ '^pg_' OR r.rolname IN (
        'pg_read_all_data', 'pg_write_all_data', 'pg_maintain', 'pg_monitor', 'pg_read_all_settings',
        'pg_read_all_stats', 'pg_stat_scan_tables', 'pg_checkpoint'
    ))
ORDER BY a.roleid, a.member
