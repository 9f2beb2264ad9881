-- Collations and conversions. The version a collation was made with is an alert of its own, not compared. Reads only.
SELECT
    'collation ' || c.oid::regcollation,
    json_build_object(
        'owner', pg_get_userbyid(c.collowner),
        'provider', c.collprovider,
        'deterministic', c.collisdeterministic,
        'encoding', c.collencoding,
        'locale', concat_ws(' ', c.collcollate, c.collctype),
        'icu_locale', c.colliculocale, -- until 16
        'icu_locale', c.colllocale, -- from 17
        'rules', c.collicurules, -- from 16
        'outdated', coalesce(c.collversion <> pg_collation_actual_version(c.oid), FALSE)
    )
FROM pg_catalog.pg_collation AS c
WHERE c.collnamespace = ANY(%(schemas)s)
UNION ALL
SELECT
    'conversion ' || c.connamespace::regnamespace || '.' || quote_ident(c.conname),
    json_build_object(
        'owner', pg_get_userbyid(c.conowner),
        'from', pg_encoding_to_char(c.conforencoding),
        'to', pg_encoding_to_char(c.contoencoding),
        'function', c.conproc,
        'default', c.condefault
    )
FROM pg_catalog.pg_conversion AS c
WHERE c.connamespace = ANY(%(schemas)s)
