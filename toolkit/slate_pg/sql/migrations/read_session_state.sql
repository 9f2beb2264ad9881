-- What this session holds that no other does, part by part: settings, role, prepared statements, cursors, channels,
-- locks of its own, and its temporary objects without their rows. Bounds on waiting and the name shown are left out. {names} are settings with a dot, which no list has;
-- {key} is the runner's own lock. Reads only.
SELECT 'setting ' || s.name, s.setting
FROM pg_catalog.pg_settings AS s
WHERE s.source = 'session' AND s.name NOT IN ('lock_timeout', 'transaction_timeout', 'application_name')
UNION ALL
SELECT 'setting ' || n.name, pg_catalog.current_setting(n.name, true)
FROM pg_catalog.unnest(%(names)s::pg_catalog.text []) AS n (name)
WHERE pg_catalog.current_setting(n.name, true) IS NOT NULL
UNION ALL
SELECT 'user', session_user::pg_catalog.text
UNION ALL
SELECT 'role', pg_catalog.current_setting('role')
UNION ALL
SELECT 'prepared statement ' || p.name, p.statement FROM pg_catalog.pg_prepared_statements AS p
UNION ALL
SELECT 'cursor ' || c.name, c.statement FROM pg_catalog.pg_cursors AS c WHERE c.is_holdable
UNION ALL
SELECT 'channel ' || l.channel, '' FROM pg_catalog.pg_listening_channels() AS l (channel)
UNION ALL
SELECT pg_catalog.format('advisory lock %%s/%%s', l.classid, l.objid), l.mode
FROM pg_catalog.pg_locks AS l
WHERE
    l.locktype = 'advisory' AND l.granted AND l.pid = pg_catalog.pg_backend_pid()
    AND NOT (l.objsubid = 1 AND (l.classid::pg_catalog.int8 << 32) | l.objid::pg_catalog.int8 = %(key)s)
UNION ALL
SELECT
    'temporary relation ' || c.relname,
    pg_catalog.concat_ws(' ', c.relkind, pg_catalog.pg_get_userbyid(c.relowner), CASE WHEN c.relkind = 'v'
        THEN pg_catalog.pg_get_viewdef(c.oid) END, (
        SELECT pg_catalog.string_agg(
            a.attname || ' ' || pg_catalog.format_type(a.atttypid, a.atttypmod), ',' ORDER BY a.attnum
        )
        FROM pg_catalog.pg_attribute AS a
        WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    ))
FROM pg_catalog.pg_class AS c
WHERE c.relnamespace = pg_catalog.pg_my_temp_schema() AND c.relkind <> 'c'
UNION ALL
SELECT
    pg_catalog.format('temporary function %%s(%%s)', p.proname, pg_catalog.pg_get_function_identity_arguments(p.oid)),
    p.prosrc
FROM pg_catalog.pg_proc AS p
WHERE p.pronamespace = pg_catalog.pg_my_temp_schema()
UNION ALL
SELECT 'temporary type ' || t.typname, t.typtype::pg_catalog.text
FROM pg_catalog.pg_type AS t
WHERE t.typnamespace = pg_catalog.pg_my_temp_schema() AND t.typtype IN ('d', 'e', 'r')
