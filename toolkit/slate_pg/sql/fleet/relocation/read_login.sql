-- What a login is, but for its password: whether it inherits, connections, until when it is valid, whether it may do more than
-- use what it is granted, and its comment. Reads only.
SELECT
    r.rolinherit,
    r.rolconnlimit,
    r.rolvaliduntil::text,
    r.rolcreaterole OR r.rolcreatedb OR r.rolreplication OR r.rolbypassrls,
    pg_catalog.shobj_description(r.oid, 'pg_authid')
FROM pg_catalog.pg_roles AS r
WHERE r.rolname = %(role)s
