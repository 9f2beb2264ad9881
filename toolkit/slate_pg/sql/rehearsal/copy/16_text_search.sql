-- Text search dictionaries, configurations and what these do with each kind of word. Reads only.
SELECT
    1,
    d.oid,
    format('text search dictionary %I.%I', n.nspname, d.dictname),
    format('CREATE TEXT SEARCH DICTIONARY %I.%I (TEMPLATE = %I.%I%s)', n.nspname, d.dictname, tn.nspname, t.tmplname,
        ', ' || d.dictinitoption)
FROM pg_catalog.pg_ts_dict AS d
INNER JOIN pg_catalog.pg_namespace AS n ON n.oid = d.dictnamespace
INNER JOIN pg_catalog.pg_ts_template AS t ON t.oid = d.dicttemplate
INNER JOIN pg_catalog.pg_namespace AS tn ON tn.oid = t.tmplnamespace
WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND NOT EXISTS (
    SELECT FROM pg_catalog.pg_depend AS e
    WHERE e.classid = 'pg_catalog.pg_ts_dict'::regclass AND e.objid = d.oid AND e.deptype = 'e'
)
UNION ALL
SELECT
    s.step,
    c.oid,
    format('text search configuration %I.%I', n.nspname, c.cfgname),
    s.statement
FROM pg_catalog.pg_ts_config AS c
INNER JOIN pg_catalog.pg_namespace AS n ON n.oid = c.cfgnamespace
CROSS JOIN LATERAL (
    SELECT 2, format('CREATE TEXT SEARCH CONFIGURATION %I.%I (PARSER = %I.%I)', n.nspname, c.cfgname, pn.nspname, p.prsname)
    FROM pg_catalog.pg_ts_parser AS p
    INNER JOIN pg_catalog.pg_namespace AS pn ON pn.oid = p.prsnamespace
    WHERE p.oid = c.cfgparser
    UNION ALL
    SELECT 3, format('ALTER TEXT SEARCH CONFIGURATION %I.%I ADD MAPPING FOR %I WITH %s', n.nspname, c.cfgname, k.alias,
        string_agg(m.mapdict::regdictionary::text, ', ' ORDER BY m.mapseqno))
    FROM pg_catalog.pg_ts_config_map AS m
    INNER JOIN ts_token_type(c.cfgparser) AS k ON k.tokid = m.maptokentype
    WHERE m.mapcfg = c.oid
    GROUP BY k.alias
) AS s (step, statement)
WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND NOT EXISTS (
    SELECT FROM pg_catalog.pg_depend AS e
    WHERE e.classid = 'pg_catalog.pg_ts_config'::regclass AND e.objid = c.oid AND e.deptype = 'e'
)
ORDER BY 1, 2
