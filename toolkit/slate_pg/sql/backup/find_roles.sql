-- Who owns or is granted anything in these schemas, the bootstrap superuser included (whom pg_shdepend leaves out); with
-- `everywhere` anything in this database, for what lies in no schema. Reads only.
WITH own AS (
    SELECT n.oid, n.nspowner FROM pg_catalog.pg_namespace AS n WHERE n.nspname = ANY(%(schemas)s)
),

relations AS (
    SELECT c.oid, c.relowner FROM pg_catalog.pg_class AS c WHERE c.relnamespace IN (SELECT o.oid FROM own AS o)
),

routines AS (
    SELECT p.oid, p.proowner FROM pg_catalog.pg_proc AS p WHERE p.pronamespace IN (SELECT o.oid FROM own AS o)
),

objects (classid, objid) AS (
    SELECT 'pg_catalog.pg_namespace'::regclass, o.oid FROM own AS o
    UNION ALL
    SELECT 'pg_catalog.pg_class'::regclass, r.oid FROM relations AS r
    UNION ALL
    SELECT 'pg_catalog.pg_proc'::regclass, r.oid FROM routines AS r
    UNION ALL
    SELECT 'pg_catalog.pg_policy'::regclass, p.oid
    FROM pg_catalog.pg_policy AS p
    WHERE p.polrelid IN (SELECT r.oid FROM relations AS r)
    UNION ALL
    SELECT 'pg_catalog.pg_default_acl'::regclass, a.oid
    FROM pg_catalog.pg_default_acl AS a
    WHERE a.defaclnamespace IN (SELECT o.oid FROM own AS o)
    UNION ALL
    SELECT k.classid, k.oid
    FROM (
        SELECT 'pg_catalog.pg_type'::regclass, t.oid, t.typnamespace FROM pg_catalog.pg_type AS t
        UNION ALL
        SELECT 'pg_catalog.pg_operator'::regclass, t.oid, t.oprnamespace FROM pg_catalog.pg_operator AS t
        UNION ALL
        SELECT 'pg_catalog.pg_opclass'::regclass, t.oid, t.opcnamespace FROM pg_catalog.pg_opclass AS t
        UNION ALL
        SELECT 'pg_catalog.pg_opfamily'::regclass, t.oid, t.opfnamespace FROM pg_catalog.pg_opfamily AS t
        UNION ALL
        SELECT 'pg_catalog.pg_collation'::regclass, t.oid, t.collnamespace FROM pg_catalog.pg_collation AS t
        UNION ALL
        SELECT 'pg_catalog.pg_conversion'::regclass, t.oid, t.connamespace FROM pg_catalog.pg_conversion AS t
        UNION ALL
        SELECT 'pg_catalog.pg_ts_config'::regclass, t.oid, t.cfgnamespace FROM pg_catalog.pg_ts_config AS t
        UNION ALL
        SELECT 'pg_catalog.pg_ts_dict'::regclass, t.oid, t.dictnamespace FROM pg_catalog.pg_ts_dict AS t
        UNION ALL
        SELECT 'pg_catalog.pg_statistic_ext'::regclass, t.oid, t.stxnamespace FROM pg_catalog.pg_statistic_ext AS t
    ) AS k (classid, oid, place)
    WHERE k.place IN (SELECT o.oid FROM own AS o)
)

SELECT r.rolname
FROM pg_catalog.pg_roles AS r
WHERE r.rolname !~ '^pg_' AND r.oid IN (
    SELECT d.refobjid
    FROM pg_catalog.pg_shdepend AS d
    WHERE d.refclassid = 'pg_catalog.pg_authid'::regclass AND d.classid <> 'pg_catalog.pg_database'::regclass
        AND d.dbid = (SELECT b.oid FROM pg_catalog.pg_database AS b WHERE b.datname = current_database())
        AND (%(everywhere)s OR (d.classid, d.objid) IN (SELECT o.classid, o.objid FROM objects AS o))
    UNION
    SELECT o.nspowner FROM own AS o
    UNION
    SELECT r.relowner FROM relations AS r
    UNION
    SELECT r.proowner FROM routines AS r
)
ORDER BY r.rolname COLLATE "C"
