-- Text search configurations with their mappings, dictionaries, parsers, templates. Reads only.
SELECT
    'text search configuration' AS kind,
    n.nspname AS schema,
    c.cfgname AS name,
    json_build_object(
        'owner', pg_get_userbyid(c.cfgowner),
        'parser', (SELECT p.prsname FROM pg_catalog.pg_ts_parser AS p WHERE p.oid = c.cfgparser),
        'mappings', ARRAY(
            SELECT m.maptokentype || ': ' || string_agg(m.mapdict::regdictionary::text, ', ' ORDER BY m.mapseqno)
            FROM pg_catalog.pg_ts_config_map AS m
            WHERE m.mapcfg = c.oid
            GROUP BY m.maptokentype
            ORDER BY m.maptokentype
        )
    )
FROM pg_catalog.pg_ts_config AS c
INNER JOIN pg_catalog.pg_namespace AS n ON n.oid = c.cfgnamespace
WHERE c.cfgnamespace = ANY(%(schemas)s) AND c.oid <> ALL(%(left_out)s)
UNION ALL
SELECT
    'text search dictionary',
    n.nspname,
    d.dictname,
    json_build_object(
        'owner', pg_get_userbyid(d.dictowner),
        'template', (SELECT t.tmplname FROM pg_catalog.pg_ts_template AS t WHERE t.oid = d.dicttemplate),
        'options', d.dictinitoption
    )
FROM pg_catalog.pg_ts_dict AS d
INNER JOIN pg_catalog.pg_namespace AS n ON n.oid = d.dictnamespace
WHERE d.dictnamespace = ANY(%(schemas)s) AND d.oid <> ALL(%(left_out)s)
UNION ALL
SELECT
    'text search parser',
    n.nspname,
    p.prsname,
    json_build_object('functions', concat_ws(' ', p.prsstart, p.prstoken, p.prsend, p.prsheadline, p.prslextype))
FROM pg_catalog.pg_ts_parser AS p
INNER JOIN pg_catalog.pg_namespace AS n ON n.oid = p.prsnamespace
WHERE p.prsnamespace = ANY(%(schemas)s) AND p.oid <> ALL(%(left_out)s)
UNION ALL
SELECT
    'text search template',
    n.nspname,
    t.tmplname,
    json_build_object('functions', concat_ws(' ', t.tmplinit, t.tmpllexize))
FROM pg_catalog.pg_ts_template AS t
INNER JOIN pg_catalog.pg_namespace AS n ON n.oid = t.tmplnamespace
WHERE t.tmplnamespace = ANY(%(schemas)s) AND t.oid <> ALL(%(left_out)s)
