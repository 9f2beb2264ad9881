-- The guard: what belongs to one of the schemas, or to the database, and is of a kind that no other query here reads.
-- Reads only.
SELECT
    'unmodelled' AS kind,
    i.type AS name,
    i.identity AS arguments,
    json_build_object('catalog', d.classid::regclass)
FROM pg_catalog.pg_depend AS d
CROSS JOIN LATERAL pg_identify_object(d.classid, d.objid, d.objsubid) AS i
WHERE d.refclassid = 'pg_catalog.pg_namespace'::regclass AND d.refobjid = ANY(%(schemas)s)
    AND d.classid <> ALL(ARRAY[
        'pg_class', 'pg_proc', 'pg_type', 'pg_constraint', 'pg_operator', 'pg_opclass', 'pg_opfamily', 'pg_collation',
        'pg_conversion', 'pg_statistic_ext', 'pg_ts_config', 'pg_ts_dict', 'pg_ts_parser', 'pg_ts_template',
        'pg_extension', 'pg_publication_namespace', 'pg_default_acl'
    ]::regclass [])
UNION ALL
SELECT 'unmodelled', 'large objects', NULL, json_build_object('present', TRUE)
WHERE %(database)s AND EXISTS (SELECT 1 FROM pg_catalog.pg_largeobject_metadata)
UNION ALL
SELECT
    'unmodelled',
    'tablespace',
    quote_ident(t.spcname),
    json_build_object('owner', pg_get_userbyid(t.spcowner), 'options', t.spcoptions, 'privileges', t.spcacl::text)
FROM pg_catalog.pg_tablespace AS t
WHERE %(database)s AND t.oid >= 16384
UNION ALL
SELECT 'unmodelled', 'replication origin', o.roname, json_build_object('present', TRUE)
FROM pg_catalog.pg_replication_origin AS o
WHERE %(database)s AND NOT starts_with(o.roname, 'pg_')
