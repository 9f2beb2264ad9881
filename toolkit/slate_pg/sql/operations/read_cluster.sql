-- What migrations can make beside the objects of a database: roles, memberships, settings of roles and of this
-- database, and what is said of it and granted on it. Reads only.
SELECT 'role' AS kind, ARRAY[
    r.rolname::text,
    concat(
        r.rolsuper::integer, r.rolinherit::integer, r.rolcreaterole::integer, r.rolcreatedb::integer,
        r.rolcanlogin::integer, r.rolreplication::integer, r.rolbypassrls::integer
    ),
    coalesce(pg_catalog.shobj_description(r.oid, 'pg_authid'), '')
] AS fields
FROM pg_catalog.pg_roles AS r
WHERE NOT pg_catalog.starts_with(r.rolname, 'pg_')
UNION ALL
SELECT 'membership', ARRAY[
    pg_catalog.pg_get_userbyid(m.roleid)::text,
    pg_catalog.pg_get_userbyid(m.member)::text,
    upper((m.admin_option)::text),
    coalesce(upper(pg_catalog.to_jsonb(m) ->> 'inherit_option'), ''),
    coalesce(upper(pg_catalog.to_jsonb(m) ->> 'set_option'), '')
]
FROM pg_catalog.pg_auth_members AS m
UNION ALL
SELECT 'setting', ARRAY[
    CASE WHEN s.setrole <> 0 THEN pg_catalog.pg_get_userbyid(s.setrole)::text ELSE '' END,
    CASE WHEN s.setdatabase <> 0 THEN 'database' ELSE '' END,
    split_part(c.setting, '=', 1),
    substr(c.setting, strpos(c.setting, '=') + 1)
]
FROM pg_catalog.pg_db_role_setting AS s
CROSS JOIN unnest(s.setconfig) AS c (setting)
WHERE s.setdatabase IN (
    0, (SELECT d.oid FROM pg_catalog.pg_database AS d WHERE d.datname = pg_catalog.current_database())
)
UNION ALL
SELECT 'database', ARRAY[f.what, f.said]
FROM pg_catalog.pg_database AS d
CROSS JOIN LATERAL (
    VALUES ('comment', pg_catalog.shobj_description(d.oid, 'pg_database')), ('privileges', d.datacl::text)
) AS f (what, said)
WHERE d.datname = pg_catalog.current_database() AND f.said IS NOT NULL
