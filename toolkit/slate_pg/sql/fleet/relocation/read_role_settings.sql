-- The settings of a role: whether for this database only, and each as name=value. Those of other databases are left out.
-- Reads only.
SELECT s.setdatabase <> 0, u.setting
FROM pg_catalog.pg_db_role_setting AS s
INNER JOIN pg_catalog.pg_roles AS r ON r.oid = s.setrole
LEFT JOIN pg_catalog.pg_database AS d ON d.oid = s.setdatabase
CROSS JOIN LATERAL unnest(s.setconfig) AS u (setting)
WHERE r.rolname = %(role)s AND (s.setdatabase = 0 OR d.datname = current_database())
ORDER BY s.setdatabase <> 0, u.setting
