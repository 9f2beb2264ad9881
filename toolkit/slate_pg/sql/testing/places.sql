-- What stands alone in a database or cluster. `detail` is an extension's schema, a tablespace's
-- location, a language's trust.
SELECT
    'schema' AS kind,
    n.nspname::text AS name,
    pg_get_userbyid(n.nspowner)::text AS owner,
    NULL AS detail,
    NULL AS version
FROM pg_namespace AS n
UNION ALL
SELECT
    'language',
    l.lanname::text,
    pg_get_userbyid(l.lanowner)::text,
    CASE WHEN l.lanpltrusted THEN 'trusted' ELSE 'untrusted' END,
    CASE WHEN l.lanispl THEN 'procedural' ELSE 'built in' END
FROM pg_language AS l
UNION ALL
SELECT
    'extension',
    e.extname::text,
    pg_get_userbyid(e.extowner)::text,
    n.nspname::text,
    e.extversion
FROM pg_extension AS e
INNER JOIN pg_namespace AS n ON n.oid = e.extnamespace
UNION ALL
SELECT
    'tablespace',
    s.spcname::text,
    pg_get_userbyid(s.spcowner)::text,
    pg_tablespace_location(s.oid),
    NULL
FROM pg_tablespace AS s
UNION ALL
SELECT 'database', d.datname::text, pg_get_userbyid(d.datdba)::text, NULL, NULL
FROM pg_database AS d
UNION ALL
SELECT
    'foreign data wrapper',
    w.fdwname::text,
    pg_get_userbyid(w.fdwowner)::text,
    NULL,
    NULL
FROM pg_foreign_data_wrapper AS w
UNION ALL
SELECT 'server', s.srvname::text, pg_get_userbyid(s.srvowner)::text, NULL, s.srvversion
FROM pg_foreign_server AS s
ORDER BY 1, 2
