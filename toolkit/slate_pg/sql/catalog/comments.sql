-- Comments and security labels on everything in the schemas, and on what belongs to the whole database. Reads only.
WITH own (classoid, objoid) AS (
    SELECT 'pg_class'::regclass, c.oid
    FROM pg_catalog.pg_class AS c
    WHERE c.relnamespace = ANY(%(schemas)s) AND c.oid <> ALL(%(left_out)s)
    UNION ALL
    SELECT 'pg_proc'::regclass, p.oid FROM pg_catalog.pg_proc AS p WHERE p.pronamespace = ANY(%(schemas)s)
    UNION ALL
    SELECT 'pg_type'::regclass, t.oid FROM pg_catalog.pg_type AS t WHERE t.typnamespace = ANY(%(schemas)s)
    UNION ALL
    SELECT 'pg_constraint'::regclass, k.oid
    FROM pg_catalog.pg_constraint AS k
    WHERE k.connamespace = ANY(%(schemas)s)
    UNION ALL
    SELECT x.classoid, x.objoid
    FROM (
        SELECT 'pg_trigger'::regclass AS classoid, t.oid AS objoid, t.tgrelid AS relation FROM pg_catalog.pg_trigger AS t
        UNION ALL
        SELECT 'pg_policy'::regclass, p.oid, p.polrelid FROM pg_catalog.pg_policy AS p
        UNION ALL
        SELECT 'pg_rewrite'::regclass, r.oid, r.ev_class FROM pg_catalog.pg_rewrite AS r WHERE r.oid >= 16384
    ) AS x
    INNER JOIN pg_catalog.pg_class AS c ON c.oid = x.relation
    WHERE c.relnamespace = ANY(%(schemas)s)
    UNION ALL
    SELECT 'pg_namespace'::regclass, n.oid FROM pg_catalog.pg_namespace AS n WHERE n.oid = ANY(%(schemas)s)
    UNION ALL
    SELECT 'pg_operator'::regclass, o.oid FROM pg_catalog.pg_operator AS o WHERE o.oprnamespace = ANY(%(schemas)s)
    UNION ALL
    SELECT 'pg_opclass'::regclass, o.oid FROM pg_catalog.pg_opclass AS o WHERE o.opcnamespace = ANY(%(schemas)s)
    UNION ALL
    SELECT 'pg_opfamily'::regclass, o.oid FROM pg_catalog.pg_opfamily AS o WHERE o.opfnamespace = ANY(%(schemas)s)
    UNION ALL
    SELECT 'pg_collation'::regclass, o.oid FROM pg_catalog.pg_collation AS o WHERE o.collnamespace = ANY(%(schemas)s)
    UNION ALL
    SELECT 'pg_conversion'::regclass, o.oid FROM pg_catalog.pg_conversion AS o WHERE o.connamespace = ANY(%(schemas)s)
    UNION ALL
    SELECT 'pg_statistic_ext'::regclass, s.oid FROM pg_catalog.pg_statistic_ext AS s WHERE s.stxnamespace = ANY(%(schemas)s)
    UNION ALL
    SELECT 'pg_ts_config'::regclass, s.oid FROM pg_catalog.pg_ts_config AS s WHERE s.cfgnamespace = ANY(%(schemas)s)
    UNION ALL
    SELECT 'pg_ts_dict'::regclass, s.oid FROM pg_catalog.pg_ts_dict AS s WHERE s.dictnamespace = ANY(%(schemas)s)
    UNION ALL
    SELECT 'pg_ts_parser'::regclass, s.oid FROM pg_catalog.pg_ts_parser AS s WHERE s.prsnamespace = ANY(%(schemas)s)
    UNION ALL
    SELECT 'pg_ts_template'::regclass, s.oid FROM pg_catalog.pg_ts_template AS s WHERE s.tmplnamespace = ANY(%(schemas)s)
)

SELECT
    'comment on ' || i.type || ' '
    || CASE d.classoid
        WHEN 'pg_proc'::regclass THEN d.objoid::regprocedure::text
        WHEN 'pg_type'::regclass THEN d.objoid::regtype::text
        ELSE i.identity
    END,
    json_build_object('text', d.description)
FROM pg_catalog.pg_description AS d
CROSS JOIN LATERAL pg_identify_object(d.classoid, d.objoid, d.objsubid) AS i
WHERE ((d.classoid, d.objoid) IN (SELECT o.classoid, o.objoid FROM own AS o) AND d.objoid <> ALL(%(left_out)s))
    OR (
        %(database)s AND d.objoid >= 16384
        AND d.classoid = ANY(ARRAY[
            'pg_cast', 'pg_event_trigger', 'pg_extension', 'pg_foreign_data_wrapper', 'pg_foreign_server', 'pg_language',
            'pg_publication', 'pg_subscription', 'pg_transform', 'pg_am', 'pg_largeobject'
        ]::regclass [])
    )
UNION ALL
SELECT
    'security label of ' || l.provider || ' on ' || i.type || ' ' || i.identity,
    json_build_object('label', l.label)
FROM pg_catalog.pg_seclabel AS l
CROSS JOIN LATERAL pg_identify_object(l.classoid, l.objoid, l.objsubid) AS i
WHERE (l.classoid, l.objoid) IN (SELECT o.classoid, o.objoid FROM own AS o) OR %(database)s
UNION ALL
SELECT 'comment on database', json_build_object('text', d.description)
FROM pg_catalog.pg_shdescription AS d
INNER JOIN pg_catalog.pg_database AS b ON b.oid = d.objoid AND d.classoid = 'pg_catalog.pg_database'::regclass
WHERE b.datname = current_database() AND %(database)s
UNION ALL
SELECT 'comment on role ' || quote_ident(r.rolname), json_build_object('text', d.description)
FROM pg_catalog.pg_shdescription AS d
INNER JOIN pg_catalog.pg_roles AS r ON r.oid = d.objoid AND d.classoid = 'pg_catalog.pg_authid'::regclass
WHERE %(database)s AND r.oid >= 16384
