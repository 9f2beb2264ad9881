-- What database and role set for the sessions of this login that a script may ask for or act by, such as app.tenant: names
-- with a dot, which are a product's or an extension's own, and the language of full-text search. Reads only.
SELECT DISTINCT
    n.name,
    pg_catalog.current_setting(n.name, true)
FROM pg_catalog.pg_db_role_setting AS s
CROSS JOIN LATERAL pg_catalog.unnest(s.setconfig) AS c (setting)
CROSS JOIN LATERAL pg_catalog.split_part(c.setting, '=', 1) AS n (name)
WHERE
    s.setdatabase IN (0, (SELECT d.oid FROM pg_catalog.pg_database AS d WHERE d.datname = pg_catalog.current_database()))
    AND s.setrole IN (0, (SELECT r.oid FROM pg_catalog.pg_roles AS r WHERE r.rolname = session_user))
    AND (n.name LIKE '%.%' OR n.name = 'default_text_search_config')
    AND pg_catalog.current_setting(n.name, true) IS NOT NULL
