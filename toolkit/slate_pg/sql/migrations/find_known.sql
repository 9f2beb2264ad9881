-- The keys of what there is of schemas and of the whole database, of whatever kind, without its addresses: those cost
-- most of the time where there are thousands of schemas. A row for each catalog, its oids in one text, which is taken
-- apart only where it is needed. Reads only.
SELECT k.classid::bigint, pg_catalog.string_agg(k.objid::text, ' ')
FROM (
    SELECT 'pg_catalog.pg_namespace'::regclass::oid AS classid, o.oid AS objid FROM pg_catalog.pg_namespace AS o
    UNION ALL
    SELECT 'pg_catalog.pg_extension'::regclass::oid, o.oid FROM pg_catalog.pg_extension AS o
    UNION ALL
    SELECT 'pg_catalog.pg_publication'::regclass::oid, o.oid FROM pg_catalog.pg_publication AS o
    UNION ALL
    SELECT 'pg_catalog.pg_event_trigger'::regclass::oid, o.oid FROM pg_catalog.pg_event_trigger AS o
    UNION ALL
    SELECT 'pg_catalog.pg_foreign_data_wrapper'::regclass::oid, o.oid
    FROM pg_catalog.pg_foreign_data_wrapper AS o
    UNION ALL
    SELECT 'pg_catalog.pg_foreign_server'::regclass::oid, o.oid FROM pg_catalog.pg_foreign_server AS o
    UNION ALL
    SELECT 'pg_catalog.pg_language'::regclass::oid, o.oid FROM pg_catalog.pg_language AS o
    UNION ALL
    SELECT 'pg_catalog.pg_cast'::regclass::oid, o.oid FROM pg_catalog.pg_cast AS o WHERE o.oid >= 16384
    UNION ALL
    SELECT 'pg_catalog.pg_transform'::regclass::oid, o.oid FROM pg_catalog.pg_transform AS o
    UNION ALL
    SELECT 'pg_catalog.pg_am'::regclass::oid, o.oid FROM pg_catalog.pg_am AS o
    UNION ALL
    SELECT 'pg_catalog.pg_default_acl'::regclass::oid, o.oid
    FROM pg_catalog.pg_default_acl AS o
    WHERE o.defaclnamespace = 0
    UNION ALL
    SELECT d.classid, d.objid
    FROM pg_catalog.pg_depend AS d
    WHERE d.refclassid = 'pg_catalog.pg_foreign_server'::regclass
        AND d.classid = 'pg_catalog.pg_user_mapping'::regclass
) AS k
GROUP BY k.classid
