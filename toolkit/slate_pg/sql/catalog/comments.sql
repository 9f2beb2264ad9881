-- Comments and security labels on everything in the schemas, and on what belongs to the whole database. Reads only.
WITH own (classoid, objoid, relation, type) AS (
    SELECT 'pg_class'::regclass, c.oid, c.oid, NULL::oid
    FROM pg_catalog.pg_class AS c
    WHERE c.relnamespace = ANY(%(schemas)s)
        AND c.oid = ANY(%(described)s::oid []) -- only
    UNION ALL
    SELECT 'pg_proc'::regclass, p.oid, NULL, NULL FROM pg_catalog.pg_proc AS p WHERE p.pronamespace = ANY(%(schemas)s)
        AND p.oid = ANY(%(described)s::oid []) -- only
    UNION ALL
    SELECT 'pg_type'::regclass, t.oid, NULL, t.oid FROM pg_catalog.pg_type AS t WHERE t.typnamespace = ANY(%(schemas)s)
        AND t.oid = ANY(%(described)s::oid []) -- only
    UNION ALL
    SELECT 'pg_constraint'::regclass, k.oid, k.conrelid, k.contypid
    FROM pg_catalog.pg_constraint AS k
    WHERE k.connamespace = ANY(%(schemas)s)
        AND k.oid = ANY(%(described)s::oid []) -- only
    UNION ALL
    SELECT x.classoid, x.objoid, x.relation, NULL
    FROM (
        SELECT 'pg_trigger'::regclass AS classoid, t.oid AS objoid, t.tgrelid AS relation FROM pg_catalog.pg_trigger AS t
        UNION ALL
        SELECT 'pg_policy'::regclass, p.oid, p.polrelid FROM pg_catalog.pg_policy AS p
        UNION ALL
        SELECT 'pg_rewrite'::regclass, r.oid, r.ev_class FROM pg_catalog.pg_rewrite AS r WHERE r.oid >= 16384
    ) AS x
    INNER JOIN pg_catalog.pg_class AS c ON c.oid = x.relation
    WHERE c.relnamespace = ANY(%(schemas)s)
        AND x.objoid = ANY(%(described)s::oid []) -- only
    UNION ALL
    SELECT 'pg_namespace'::regclass, n.oid, NULL, NULL FROM pg_catalog.pg_namespace AS n WHERE n.oid = ANY(%(schemas)s)
        AND FALSE -- only
    UNION ALL
    SELECT x.classoid, x.objoid, NULL, NULL
    FROM (
        SELECT 'pg_operator'::regclass AS classoid, o.oid AS objoid, o.oprnamespace AS schema FROM pg_catalog.pg_operator AS o
        UNION ALL
        SELECT 'pg_opclass'::regclass, o.oid, o.opcnamespace FROM pg_catalog.pg_opclass AS o
        UNION ALL
        SELECT 'pg_opfamily'::regclass, o.oid, o.opfnamespace FROM pg_catalog.pg_opfamily AS o
        UNION ALL
        SELECT 'pg_collation'::regclass, o.oid, o.collnamespace FROM pg_catalog.pg_collation AS o
        UNION ALL
        SELECT 'pg_conversion'::regclass, o.oid, o.connamespace FROM pg_catalog.pg_conversion AS o
        UNION ALL
        SELECT 'pg_statistic_ext'::regclass, s.oid, s.stxnamespace FROM pg_catalog.pg_statistic_ext AS s
        UNION ALL
        SELECT 'pg_ts_config'::regclass, s.oid, s.cfgnamespace FROM pg_catalog.pg_ts_config AS s
        UNION ALL
        SELECT 'pg_ts_dict'::regclass, s.oid, s.dictnamespace FROM pg_catalog.pg_ts_dict AS s
        UNION ALL
        SELECT 'pg_ts_parser'::regclass, s.oid, s.prsnamespace FROM pg_catalog.pg_ts_parser AS s
        UNION ALL
        SELECT 'pg_ts_template'::regclass, s.oid, s.tmplnamespace FROM pg_catalog.pg_ts_template AS s
    ) AS x
    WHERE x.schema = ANY(%(schemas)s)
        AND FALSE -- only
),

said (kind, provider, classoid, objoid, objsubid, said) AS (
    -- Those that PostgreSQL came with are five times as many.
    SELECT 'comment', NULL, d.classoid, d.objoid, d.objsubid, d.description
    FROM pg_catalog.pg_description AS d
    WHERE (d.objoid >= 16384 OR d.classoid = 'pg_namespace'::regclass)
        AND d.objoid = ANY(%(described)s::oid []) -- only
    UNION ALL
    SELECT 'security label', l.provider, l.classoid, l.objoid, l.objsubid, l.label
    FROM pg_catalog.pg_seclabel AS l
    WHERE l.objoid = ANY(%(described)s::oid []) -- only
),

objects (kind, provider, classoid, objoid, objsubid, relation, type, said) AS (
    SELECT s.kind, s.provider, s.classoid, s.objoid, s.objsubid, o.relation, o.type, s.said
    FROM said AS s
    INNER JOIN own AS o ON o.classoid = s.classoid AND o.objoid = s.objoid
    WHERE s.objoid <> ALL(%(left_out)s)
    UNION ALL
    SELECT s.kind, s.provider, s.classoid, s.objoid, s.objsubid, NULL, NULL, s.said
    FROM said AS s
    WHERE %(database)s AND s.objoid >= 16384
        AND FALSE -- only
        AND s.classoid = ANY(ARRAY[
            'pg_cast', 'pg_event_trigger', 'pg_extension', 'pg_foreign_data_wrapper', 'pg_foreign_server', 'pg_language',
            'pg_publication', 'pg_subscription', 'pg_transform', 'pg_am', 'pg_largeobject'
        ]::regclass [])
)

SELECT
    o.kind AS kind,
    o.provider AS name,
    CASE
        WHEN o.objsubid > 0 THEN 'column'
        WHEN o.classoid = 'pg_constraint'::regclass THEN 'constraint'
        WHEN t.typtype = 'd' THEN 'domain'
        WHEN a.type = 'foreign-data wrapper' THEN 'foreign data wrapper'
        WHEN a.type = 'statistics object' THEN 'statistics'
        ELSE a.type
    END AS on_kind,
    CASE
        WHEN t.oid IS NOT NULL THEN tn.nspname
        WHEN a.type IN ('operator class', 'operator family') THEN a.object_names[2]
        WHEN cardinality(a.object_names) > 1 THEN a.object_names[1]
    END AS on_schema,
    CASE
        WHEN o.classoid = 'pg_constraint'::regclass AND t.oid IS NOT NULL THEN a.object_args[1]
        WHEN t.oid IS NOT NULL THEN t.typname
        WHEN c.oid IS NOT NULL THEN format_type(c.castsource, NULL)
        WHEN f.oid IS NOT NULL THEN format_type(f.trftype, NULL)
        ELSE a.object_names[cardinality(a.object_names)]
    END AS on_name,
    CASE
        WHEN o.classoid = 'pg_proc'::regclass THEN left(substr(
            o.objoid::regprocedure::text, length(quote_ident(a.object_names[1]) || quote_ident(a.object_names[2])) + 3
        ), -1)
        WHEN o.classoid = 'pg_operator'::regclass THEN left(substr(
            o.objoid::regoperator::text, length(quote_ident(a.object_names[1]) || a.object_names[2]) + 3
        ), -1)
        WHEN a.type IN ('operator class', 'operator family') THEN a.object_names[1]
        WHEN c.oid IS NOT NULL THEN format_type(c.casttarget, NULL)
    END AS on_arguments,
    CASE
        WHEN o.objsubid > 0 OR (r.oid IS NOT NULL AND o.classoid <> 'pg_class'::regclass) THEN r.relkind::text
        WHEN o.classoid = 'pg_constraint'::regclass THEN 'domain'
        WHEN f.oid IS NOT NULL THEN 'language'
    END AS on_on_kind,
    CASE
        WHEN r.oid IS NOT NULL THEN r.relname
        WHEN f.oid IS NOT NULL THEN (SELECT l.lanname FROM pg_catalog.pg_language AS l WHERE l.oid = f.trflang)
        ELSE t.typname
    END AS on_on_name,
    CASE -- unit
        WHEN o.relation <> 0 THEN o.relation::bigint -- unit
        WHEN o.type IS NOT NULL THEN o.type::bigint + 8589934592 -- unit
        WHEN o.classoid = 'pg_proc'::regclass THEN o.objoid::bigint + 4294967296 -- unit
        ELSE 0 -- unit
    END AS unit, -- unit
    CASE o.kind WHEN 'comment' THEN json_build_object('text', o.said) ELSE json_build_object('label', o.said) END AS json_build_object
FROM objects AS o
CROSS JOIN LATERAL pg_identify_object_as_address(o.classoid, o.objoid, o.objsubid) AS a
LEFT JOIN pg_catalog.pg_class AS r ON r.oid = o.relation
LEFT JOIN pg_catalog.pg_type AS t ON t.oid = o.type
LEFT JOIN pg_catalog.pg_namespace AS tn ON tn.oid = t.typnamespace
LEFT JOIN pg_catalog.pg_cast AS c ON c.oid = o.objoid AND o.classoid = 'pg_cast'::regclass
LEFT JOIN pg_catalog.pg_transform AS f ON f.oid = o.objoid AND o.classoid = 'pg_transform'::regclass
UNION ALL
SELECT 'comment', NULL, 'database', NULL, NULL, NULL, NULL, NULL,
    0, -- unit
    json_build_object('text', d.description)
FROM pg_catalog.pg_shdescription AS d
INNER JOIN pg_catalog.pg_database AS b ON b.oid = d.objoid AND d.classoid = 'pg_catalog.pg_database'::regclass
WHERE b.datname = current_database() AND %(database)s
    AND FALSE -- only
UNION ALL
SELECT 'comment', NULL, 'role', NULL, r.rolname, NULL, NULL, NULL,
    0, -- unit
    json_build_object('text', d.description)
FROM pg_catalog.pg_shdescription AS d
INNER JOIN pg_catalog.pg_roles AS r ON r.oid = d.objoid AND d.classoid = 'pg_catalog.pg_authid'::regclass
WHERE %(database)s AND r.oid >= 16384
    AND FALSE -- only
