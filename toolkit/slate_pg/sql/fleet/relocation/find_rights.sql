-- What stands in the way of making an installation in this database, as one row: whether a schema of its name is there, whether
-- this role may make one, whether it may make roles, the encoding, and the collation. Reads only.
SELECT
    EXISTS (SELECT FROM pg_catalog.pg_namespace AS n WHERE n.nspname = %(schema)s),
    pg_catalog.has_database_privilege(d.oid, 'CREATE'),
    (SELECT r.rolcreaterole OR r.rolsuper FROM pg_catalog.pg_roles AS r WHERE r.rolname = current_user),
    pg_catalog.pg_encoding_to_char(d.encoding)::text,
    d.datcollate::text,
    EXISTS (SELECT FROM pg_catalog.pg_language AS l WHERE l.lanname = 'plpgsql')
FROM pg_catalog.pg_database AS d
WHERE d.datname = current_database()
