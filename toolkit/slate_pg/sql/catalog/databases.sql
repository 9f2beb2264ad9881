-- The database itself, and what ALTER DATABASE and ALTER ROLE set for sessions in it. Reads only.
SELECT
    'database' AS kind,
    NULL AS name,
    NULL AS on_kind,
    NULL AS on_name,
    NULL AS arguments,
    json_build_object(
        'owner', pg_get_userbyid(d.datdba),
        'encoding', pg_encoding_to_char(d.encoding),
        'locale', concat_ws(' ', d.datlocprovider, d.datcollate, d.datctype),
        'icu_locale', d.daticulocale, -- until 16
        'icu_locale', d.datlocale, -- from 17
        'icu_rules', d.daticurules, -- from 16
        'connection_limit', d.datconnlimit,
        'tablespace', ts.spcname,
        'is_template', d.datistemplate,
        'outdated_collation', coalesce(d.datcollversion <> pg_database_collation_actual_version(d.oid), FALSE)
    )
FROM pg_catalog.pg_database AS d
INNER JOIN pg_catalog.pg_tablespace AS ts ON ts.oid = d.dattablespace
WHERE d.datname = current_database()
UNION ALL
SELECT
    'setting',
    split_part(c.setting, '=', 1),
    CASE WHEN s.setrole <> 0 THEN 'role' END,
    CASE WHEN s.setrole <> 0 THEN pg_get_userbyid(s.setrole) END,
    CASE WHEN s.setdatabase = 0 THEN 'every database' ELSE 'this database' END,
    json_build_object('value', substr(c.setting, strpos(c.setting, '=') + 1))
FROM pg_catalog.pg_db_role_setting AS s
CROSS JOIN LATERAL unnest(s.setconfig) AS c (setting)
WHERE s.setdatabase = 0 OR s.setdatabase = (SELECT d.oid FROM pg_catalog.pg_database AS d WHERE d.datname = current_database())
