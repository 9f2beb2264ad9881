-- ALTER DEFAULT PRIVILEGES, per schema and for the whole database; the name is the grantee's. Reads only.
SELECT
    'default privileges' AS kind,
    n.nspname AS schema,
    CASE WHEN g.grantee = 0 THEN 'public' ELSE pg_get_userbyid(g.grantee) END AS name,
    'role' AS on_kind,
    NULL AS on_schema,
    pg_get_userbyid(d.defaclrole) AS on_name,
    CASE d.defaclobjtype
        WHEN 'r' THEN 'tables' WHEN 'S' THEN 'sequences' WHEN 'f' THEN 'functions' WHEN 'T' THEN 'types'
        WHEN 'n' THEN 'schemas' ELSE d.defaclobjtype::text
    END AS arguments,
    json_build_object(
        'privileges', array_agg(DISTINCT g.privilege_type || CASE WHEN g.is_grantable THEN '*' ELSE '' END)
    )
FROM pg_catalog.pg_default_acl AS d
LEFT JOIN pg_catalog.pg_namespace AS n ON n.oid = d.defaclnamespace
LEFT JOIN LATERAL aclexplode(d.defaclacl) AS g ON TRUE
WHERE d.defaclnamespace = ANY(%(schemas)s) OR (d.defaclnamespace = 0 AND %(database)s)
GROUP BY d.defaclrole, d.defaclobjtype, n.nspname, g.grantee
