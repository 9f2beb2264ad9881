-- The keys of what there is of schemas and of the whole database, of whatever kind, without its addresses: those cost
-- most of the time where there are thousands of schemas. Reads only.
SELECT 'pg_catalog.pg_namespace'::regclass::oid::bigint, o.oid::bigint FROM pg_catalog.pg_namespace AS o
UNION ALL
SELECT 'pg_catalog.pg_extension'::regclass::oid::bigint, o.oid::bigint FROM pg_catalog.pg_extension AS o
UNION ALL
SELECT 'pg_catalog.pg_publication'::regclass::oid::bigint, o.oid::bigint FROM pg_catalog.pg_publication AS o
UNION ALL
SELECT 'pg_catalog.pg_event_trigger'::regclass::oid::bigint, o.oid::bigint FROM pg_catalog.pg_event_trigger AS o
UNION ALL
SELECT 'pg_catalog.pg_foreign_data_wrapper'::regclass::oid::bigint, o.oid::bigint
FROM pg_catalog.pg_foreign_data_wrapper AS o
UNION ALL
SELECT 'pg_catalog.pg_foreign_server'::regclass::oid::bigint, o.oid::bigint FROM pg_catalog.pg_foreign_server AS o
UNION ALL
SELECT 'pg_catalog.pg_language'::regclass::oid::bigint, o.oid::bigint FROM pg_catalog.pg_language AS o
UNION ALL
SELECT 'pg_catalog.pg_cast'::regclass::oid::bigint, o.oid::bigint FROM pg_catalog.pg_cast AS o WHERE o.oid >= 16384
UNION ALL
SELECT 'pg_catalog.pg_transform'::regclass::oid::bigint, o.oid::bigint FROM pg_catalog.pg_transform AS o
UNION ALL
SELECT 'pg_catalog.pg_am'::regclass::oid::bigint, o.oid::bigint FROM pg_catalog.pg_am AS o
UNION ALL
SELECT 'pg_catalog.pg_default_acl'::regclass::oid::bigint, o.oid::bigint
FROM pg_catalog.pg_default_acl AS o
WHERE o.defaclnamespace = 0
UNION ALL
SELECT d.classid::bigint, d.objid::bigint
FROM pg_catalog.pg_depend AS d
WHERE d.refclassid = 'pg_catalog.pg_foreign_server'::regclass
    AND d.classid = 'pg_catalog.pg_user_mapping'::regclass
