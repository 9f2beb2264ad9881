-- Operators, their classes and families, casts, and text search, in the words that make them. Reads only.
SELECT
    'pg_catalog.pg_operator'::regclass::oid AS class,
    o.oid AS object,
    0 AS sub,
    'operator' AS kind,
    n.nspname AS schema,
    o.oprname::text AS name,
    NULL AS arguments,
    NULL AS on_kind,
    NULL AS on_schema,
    NULL AS on_name,
    (CASE WHEN pg_operator_is_visible(o.oid) THEN '' ELSE quote_ident(n.nspname) || '.' END || o.oprname) AS called,
    json_build_object(
        'owner', pg_get_userbyid(o.oprowner),
        'left', CASE WHEN o.oprleft <> 0 THEN format_type(o.oprleft, NULL) ELSE 'NONE' END,
        'right', CASE WHEN o.oprright <> 0 THEN format_type(o.oprright, NULL) ELSE 'NONE' END,
        'function', o.oprcode::regproc::text,
        'shell', o.oprcode = 0,
        'restrict', nullif(o.oprrest::oid, 0)::regproc::text,
        'join', nullif(o.oprjoin::oid, 0)::regproc::text,
        'commutator', (
            SELECT CASE WHEN pg_operator_is_visible(c.oid) THEN c.oprname::text
                ELSE 'OPERATOR(' || quote_ident(cn.nspname) || '.' || c.oprname || ')' END
            FROM pg_catalog.pg_operator AS c INNER JOIN pg_catalog.pg_namespace AS cn ON cn.oid = c.oprnamespace
            WHERE c.oid = o.oprcom
        ),
        'negator', (
            SELECT CASE WHEN pg_operator_is_visible(c.oid) THEN c.oprname::text
                ELSE 'OPERATOR(' || quote_ident(cn.nspname) || '.' || c.oprname || ')' END
            FROM pg_catalog.pg_operator AS c INNER JOIN pg_catalog.pg_namespace AS cn ON cn.oid = c.oprnamespace
            WHERE c.oid = o.oprnegate
        ),
        'hashes', o.oprcanhash,
        'merges', o.oprcanmerge
    ) AS told
FROM pg_catalog.pg_operator AS o
INNER JOIN pg_catalog.pg_namespace AS n ON n.oid = o.oprnamespace
WHERE o.oprnamespace = ANY(%(schemas)s) AND o.oid <> ALL(%(left_out)s)
UNION ALL
SELECT
    'pg_catalog.pg_opclass'::regclass::oid,
    c.oid,
    0,
    'operator class',
    n.nspname,
    c.opcname::text,
    NULL,
    NULL,
    NULL,
    NULL,
    CASE WHEN pg_opclass_is_visible(c.oid) THEN quote_ident(c.opcname)
        ELSE quote_ident(n.nspname) || '.' || quote_ident(c.opcname) END || ' USING ' || quote_ident(am.amname),
    json_build_object(
        'owner', pg_get_userbyid(c.opcowner),
        'method', am.amname,
        'name', CASE WHEN pg_opclass_is_visible(c.oid) THEN quote_ident(c.opcname)
            ELSE quote_ident(n.nspname) || '.' || quote_ident(c.opcname) END,
        'type', format_type(c.opcintype, NULL),
        'stored', CASE WHEN c.opckeytype <> 0 THEN format_type(c.opckeytype, NULL) END,
        'default', c.opcdefault,
        'family', CASE WHEN pg_opfamily_is_visible(f.oid) THEN quote_ident(f.opfname)
            ELSE quote_ident(fn.nspname) || '.' || quote_ident(f.opfname) END,
        'members', ARRAY(
            SELECT m.word
            FROM (
                SELECT
                    1 AS rank, s.amopstrategy AS number,
                    'OPERATOR ' || s.amopstrategy || ' '
                    || CASE WHEN pg_operator_is_visible(op.oid) THEN '' ELSE quote_ident(opn.nspname) || '.' END || op.oprname || ' ('
                    || format_type(op.oprleft, NULL) || ', ' || format_type(op.oprright, NULL) || ')'
                    || CASE WHEN s.amoppurpose = 'o' THEN ' FOR ORDER BY '
                        || CASE WHEN pg_opfamily_is_visible(sf.oid) THEN '' ELSE quote_ident(sn.nspname) || '.' END
                        || quote_ident(sf.opfname) ELSE '' END AS word
                FROM pg_catalog.pg_depend AS d
                INNER JOIN pg_catalog.pg_amop AS s ON s.oid = d.objid
                INNER JOIN pg_catalog.pg_operator AS op ON op.oid = s.amopopr
                INNER JOIN pg_catalog.pg_namespace AS opn ON opn.oid = op.oprnamespace
                LEFT JOIN pg_catalog.pg_opfamily AS sf ON sf.oid = s.amopsortfamily
                LEFT JOIN pg_catalog.pg_namespace AS sn ON sn.oid = sf.opfnamespace
                WHERE d.classid = 'pg_catalog.pg_amop'::regclass AND d.refclassid = 'pg_catalog.pg_opclass'::regclass
                    AND d.refobjid = c.oid
                UNION ALL
                SELECT
                    2, s.amprocnum,
                    'FUNCTION ' || s.amprocnum || ' (' || format_type(s.amproclefttype, NULL) || ', '
                    || format_type(s.amprocrighttype, NULL) || ') ' || s.amproc::regprocedure
                FROM pg_catalog.pg_depend AS d
                INNER JOIN pg_catalog.pg_amproc AS s ON s.oid = d.objid
                WHERE d.classid = 'pg_catalog.pg_amproc'::regclass AND d.refclassid = 'pg_catalog.pg_opclass'::regclass
                    AND d.refobjid = c.oid
            ) AS m
            ORDER BY m.rank, m.number, m.word
        )
    )
FROM pg_catalog.pg_opclass AS c
INNER JOIN pg_catalog.pg_namespace AS n ON n.oid = c.opcnamespace
INNER JOIN pg_catalog.pg_am AS am ON am.oid = c.opcmethod
INNER JOIN pg_catalog.pg_opfamily AS f ON f.oid = c.opcfamily
INNER JOIN pg_catalog.pg_namespace AS fn ON fn.oid = f.opfnamespace
WHERE c.opcnamespace = ANY(%(schemas)s) AND c.oid <> ALL(%(left_out)s)
UNION ALL
SELECT
    'pg_catalog.pg_opfamily'::regclass::oid,
    f.oid,
    0,
    'operator family',
    n.nspname,
    f.opfname::text,
    NULL,
    NULL,
    NULL,
    NULL,
    CASE WHEN pg_opfamily_is_visible(f.oid) THEN quote_ident(f.opfname)
        ELSE quote_ident(n.nspname) || '.' || quote_ident(f.opfname) END || ' USING ' || quote_ident(am.amname),
    json_build_object(
        'owner', pg_get_userbyid(f.opfowner),
        -- Members of the family that no class brings.
        'loose', ARRAY(
            SELECT json_build_array(
                'OPERATOR ' || s.amopstrategy || ' '
                    || CASE WHEN pg_operator_is_visible(op.oid) THEN '' ELSE quote_ident(opn.nspname) || '.' END || op.oprname || ' ('
                || format_type(op.oprleft, NULL) || ', ' || format_type(op.oprright, NULL) || ')',
                'OPERATOR ' || s.amopstrategy || ' (' || format_type(s.amoplefttype, NULL) || ', '
                || format_type(s.amoprighttype, NULL) || ')'
            )
            FROM pg_catalog.pg_amop AS s
            INNER JOIN pg_catalog.pg_operator AS op ON op.oid = s.amopopr
            INNER JOIN pg_catalog.pg_namespace AS opn ON opn.oid = op.oprnamespace
            WHERE s.amopfamily = f.oid AND NOT EXISTS (
                SELECT 1 FROM pg_catalog.pg_depend AS d
                WHERE d.classid = 'pg_catalog.pg_amop'::regclass AND d.objid = s.oid
                    AND d.refclassid = 'pg_catalog.pg_opclass'::regclass
            )
            UNION ALL
            SELECT json_build_array(
                'FUNCTION ' || s.amprocnum || ' (' || format_type(s.amproclefttype, NULL) || ', '
                || format_type(s.amprocrighttype, NULL) || ') ' || s.amproc::regprocedure,
                'FUNCTION ' || s.amprocnum || ' (' || format_type(s.amproclefttype, NULL) || ', '
                || format_type(s.amprocrighttype, NULL) || ')'
            )
            FROM pg_catalog.pg_amproc AS s
            WHERE s.amprocfamily = f.oid AND NOT EXISTS (
                SELECT 1 FROM pg_catalog.pg_depend AS d
                WHERE d.classid = 'pg_catalog.pg_amproc'::regclass AND d.objid = s.oid
                    AND d.refclassid = 'pg_catalog.pg_opclass'::regclass
            )
        )
    )
FROM pg_catalog.pg_opfamily AS f
INNER JOIN pg_catalog.pg_namespace AS n ON n.oid = f.opfnamespace
INNER JOIN pg_catalog.pg_am AS am ON am.oid = f.opfmethod
WHERE f.opfnamespace = ANY(%(schemas)s) AND f.oid <> ALL(%(left_out)s)
UNION ALL
SELECT
    'pg_catalog.pg_ts_dict'::regclass::oid,
    d.oid,
    0,
    'text search dictionary',
    n.nspname,
    d.dictname::text,
    NULL,
    NULL,
    NULL,
    NULL,
    d.oid::regdictionary::text,
    json_build_object(
        'owner', pg_get_userbyid(d.dictowner),
        'words', 'TEMPLATE = ' || quote_ident(tn.nspname) || '.' || quote_ident(t.tmplname)
            || coalesce(', ' || d.dictinitoption, '')
    )
FROM pg_catalog.pg_ts_dict AS d
INNER JOIN pg_catalog.pg_namespace AS n ON n.oid = d.dictnamespace
INNER JOIN pg_catalog.pg_ts_template AS t ON t.oid = d.dicttemplate
INNER JOIN pg_catalog.pg_namespace AS tn ON tn.oid = t.tmplnamespace
WHERE d.dictnamespace = ANY(%(schemas)s) AND d.oid <> ALL(%(left_out)s)
UNION ALL
SELECT
    'pg_catalog.pg_ts_config'::regclass::oid,
    c.oid,
    0,
    'text search configuration',
    n.nspname,
    c.cfgname::text,
    NULL,
    NULL,
    NULL,
    NULL,
    c.oid::regconfig::text,
    json_build_object(
        'owner', pg_get_userbyid(c.cfgowner),
        'words', 'PARSER = ' || quote_ident(pn.nspname) || '.' || quote_ident(p.prsname),
        'mappings', ARRAY(
            SELECT json_build_array(quote_ident(k.alias), string_agg(m.mapdict::regdictionary::text, ', ' ORDER BY m.mapseqno))
            FROM pg_catalog.pg_ts_config_map AS m
            INNER JOIN ts_token_type(c.cfgparser) AS k ON k.tokid = m.maptokentype
            WHERE m.mapcfg = c.oid
            GROUP BY k.alias
            ORDER BY k.alias
        )
    )
FROM pg_catalog.pg_ts_config AS c
INNER JOIN pg_catalog.pg_namespace AS n ON n.oid = c.cfgnamespace
INNER JOIN pg_catalog.pg_ts_parser AS p ON p.oid = c.cfgparser
INNER JOIN pg_catalog.pg_namespace AS pn ON pn.oid = p.prsnamespace
WHERE c.cfgnamespace = ANY(%(schemas)s) AND c.oid <> ALL(%(left_out)s)
UNION ALL
SELECT
    'pg_catalog.pg_cast'::regclass::oid,
    c.oid,
    0,
    'cast',
    NULL,
    NULL,
    NULL,
    NULL,
    NULL,
    NULL,
    '(' || format_type(c.castsource, NULL) || ' AS ' || format_type(c.casttarget, NULL) || ')',
    json_build_object(
        'words', concat_ws(
            ' ',
            CASE c.castmethod
                WHEN 'f' THEN 'WITH FUNCTION ' || c.castfunc::regprocedure
                WHEN 'i' THEN 'WITH INOUT' ELSE 'WITHOUT FUNCTION'
            END,
            CASE c.castcontext WHEN 'a' THEN 'AS ASSIGNMENT' WHEN 'i' THEN 'AS IMPLICIT' END
        ),
        -- That of a range to its multirange comes with them.
        'internal', EXISTS (
            SELECT 1 FROM pg_catalog.pg_depend AS d
            WHERE d.classid = 'pg_catalog.pg_cast'::regclass AND d.objid = c.oid AND d.deptype = 'i'
        )
    )
FROM pg_catalog.pg_cast AS c
WHERE c.oid >= 16384 AND c.oid <> ALL(%(left_out)s) AND %(database)s
