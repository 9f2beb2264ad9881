-- Casts, procedural languages, transforms, access methods and event triggers that did not come with PostgreSQL.
-- Reads only.
SELECT
    'cast' AS kind,
    format_type(c.castsource, NULL) AS name,
    format_type(c.casttarget, NULL) AS arguments,
    NULL AS on_kind,
    NULL AS on_name,
    json_build_object('function', nullif(c.castfunc, 0)::regprocedure, 'context', c.castcontext, 'method', c.castmethod)
FROM pg_catalog.pg_cast AS c
WHERE c.oid >= 16384 AND c.oid <> ALL(%(left_out)s)
UNION ALL
SELECT
    'language',
    l.lanname,
    NULL,
    NULL,
    NULL,
    json_build_object(
        'owner', pg_get_userbyid(l.lanowner),
        'trusted', l.lanpltrusted,
        'handler', nullif(l.lanplcallfoid, 0)::regprocedure,
        'inline', nullif(l.laninline, 0)::regprocedure,
        'validator', nullif(l.lanvalidator, 0)::regprocedure
    )
FROM pg_catalog.pg_language AS l
WHERE l.lanispl
UNION ALL
SELECT
    'transform',
    format_type(t.trftype, NULL),
    NULL,
    'language',
    l.lanname,
    json_build_object('from_sql', t.trffromsql, 'to_sql', t.trftosql)
FROM pg_catalog.pg_transform AS t
INNER JOIN pg_catalog.pg_language AS l ON l.oid = t.trflang
WHERE t.oid <> ALL(%(left_out)s)
UNION ALL
SELECT 'access method', a.amname, NULL, NULL, NULL, json_build_object('handler', a.amhandler, 'kind', a.amtype)
FROM pg_catalog.pg_am AS a
WHERE a.oid >= 16384 AND a.oid <> ALL(%(left_out)s)
UNION ALL
SELECT
    'event trigger',
    e.evtname,
    NULL,
    NULL,
    NULL,
    json_build_object(
        'owner', pg_get_userbyid(e.evtowner),
        'event', e.evtevent,
        'function', e.evtfoid::regprocedure,
        'enabled', e.evtenabled,
        'tags', ARRAY(SELECT t FROM unnest(e.evttags) AS t ORDER BY t)
    )
FROM pg_catalog.pg_event_trigger AS e
WHERE e.oid <> ALL(%(left_out)s)
