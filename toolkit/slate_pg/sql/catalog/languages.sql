-- Casts, procedural languages, transforms, access methods and event triggers that did not come with PostgreSQL.
-- Reads only.
SELECT
    'cast from ' || format_type(c.castsource, NULL) || ' to ' || format_type(c.casttarget, NULL),
    json_build_object('function', nullif(c.castfunc, 0)::regprocedure, 'context', c.castcontext, 'method', c.castmethod)
FROM pg_catalog.pg_cast AS c
WHERE c.oid >= 16384 AND c.oid <> ALL(%(left_out)s)
UNION ALL
SELECT
    'language ' || quote_ident(l.lanname),
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
    'transform for ' || format_type(t.trftype, NULL) || ' language ' || quote_ident(l.lanname),
    json_build_object('from_sql', t.trffromsql, 'to_sql', t.trftosql)
FROM pg_catalog.pg_transform AS t
INNER JOIN pg_catalog.pg_language AS l ON l.oid = t.trflang
WHERE t.oid <> ALL(%(left_out)s)
UNION ALL
SELECT 'access method ' || quote_ident(a.amname), json_build_object('handler', a.amhandler, 'kind', a.amtype)
FROM pg_catalog.pg_am AS a
WHERE a.oid >= 16384 AND a.oid <> ALL(%(left_out)s)
UNION ALL
SELECT
    'event trigger ' || quote_ident(e.evtname),
    json_build_object(
        'owner', pg_get_userbyid(e.evtowner),
        'event', e.evtevent,
        'function', e.evtfoid::regprocedure,
        'enabled', e.evtenabled,
        'tags', ARRAY(SELECT t FROM unnest(e.evttags) AS t ORDER BY t)
    )
FROM pg_catalog.pg_event_trigger AS e
WHERE e.oid <> ALL(%(left_out)s)
