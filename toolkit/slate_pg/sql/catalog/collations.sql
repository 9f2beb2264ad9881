-- Collations and conversions. The version a collation was made with is an alert of its own, not compared. One of libc
-- that is a copy of "C" or "POSIX" is for any encoding, and comes out of a dump as one for the database's: that is the
-- same here. Reads only.
SELECT
    'collation' AS kind,
    n.nspname AS schema,
    c.collname AS name,
    json_build_object(
        'owner', pg_get_userbyid(c.collowner),
        'provider', c.collprovider,
        'deterministic', c.collisdeterministic,
        'encoding', CASE
            WHEN c.collprovider = 'c' AND c.collencoding = -1 THEN (
                SELECT d.encoding FROM pg_catalog.pg_database AS d WHERE d.datname = current_database()
            )
            ELSE c.collencoding
        END,
        'locale', concat_ws(' ', c.collcollate, c.collctype),
        'icu_locale', c.colliculocale, -- until 16
        'icu_locale', c.colllocale, -- from 17
        'rules', c.collicurules, -- from 16
        'outdated', coalesce(c.collversion <> pg_collation_actual_version(c.oid), FALSE)
    )
FROM pg_catalog.pg_collation AS c
INNER JOIN pg_catalog.pg_namespace AS n ON n.oid = c.collnamespace
WHERE c.collnamespace = ANY(%(schemas)s)
UNION ALL
SELECT
    'conversion',
    n.nspname,
    c.conname,
    json_build_object(
        'owner', pg_get_userbyid(c.conowner),
        'from', pg_encoding_to_char(c.conforencoding),
        'to', pg_encoding_to_char(c.contoencoding),
        'function', c.conproc,
        'default', c.condefault
    )
FROM pg_catalog.pg_conversion AS c
INNER JOIN pg_catalog.pg_namespace AS n ON n.oid = c.connamespace
WHERE c.connamespace = ANY(%(schemas)s)
