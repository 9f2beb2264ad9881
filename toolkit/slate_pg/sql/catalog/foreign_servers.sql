-- Foreign data wrappers, servers and user mappings. A mapping's options may hold a password: only their names count,
-- and only where they may be seen. Reads only.
SELECT
    'foreign data wrapper' AS kind,
    w.fdwname AS name,
    NULL AS on_kind,
    NULL AS on_name,
    json_build_object(
        'owner', pg_get_userbyid(w.fdwowner),
        'handler', nullif(w.fdwhandler, 0)::regprocedure,
        'validator', nullif(w.fdwvalidator, 0)::regprocedure,
        'options', ARRAY(SELECT o FROM unnest(w.fdwoptions) AS o ORDER BY o)
    )
FROM pg_catalog.pg_foreign_data_wrapper AS w
WHERE w.oid <> ALL(%(left_out)s)
UNION ALL
SELECT
    'server',
    s.srvname,
    NULL,
    NULL,
    json_build_object(
        'owner', pg_get_userbyid(s.srvowner),
        'wrapper', w.fdwname,
        'type', s.srvtype,
        'version', s.srvversion,
        'options', ARRAY(SELECT o FROM unnest(s.srvoptions) AS o ORDER BY o)
    )
FROM pg_catalog.pg_foreign_server AS s
INNER JOIN pg_catalog.pg_foreign_data_wrapper AS w ON w.oid = s.srvfdw
UNION ALL
SELECT
    'user mapping',
    m.usename, -- public for everybody
    'server',
    m.srvname,
    json_build_object('options', CASE
        WHEN m.umoptions IS NULL AND current_setting('is_superuser') <> 'on' THEN ARRAY['hidden']
        ELSE ARRAY(SELECT split_part(o, '=', 1) FROM unnest(m.umoptions) AS o ORDER BY 1)
    END)
FROM pg_catalog.pg_user_mappings AS m
