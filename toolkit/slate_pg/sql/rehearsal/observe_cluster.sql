-- A mark that changes when anything changes that all databases of a server share. Reads only.
SELECT md5(string_agg(s.mark, ' ' ORDER BY s.mark))
FROM (
    SELECT 'a' || ctid::text || xmin::text FROM pg_catalog.pg_authid
    UNION ALL SELECT 'm' || ctid::text || xmin::text FROM pg_catalog.pg_auth_members
    UNION ALL SELECT 'd' || ctid::text || xmin::text FROM pg_catalog.pg_database
    UNION ALL SELECT 's' || ctid::text || xmin::text FROM pg_catalog.pg_db_role_setting
    UNION ALL SELECT 't' || ctid::text || xmin::text FROM pg_catalog.pg_tablespace
    UNION ALL SELECT 'p' || ctid::text || xmin::text FROM pg_catalog.pg_parameter_acl
) AS s (mark)
