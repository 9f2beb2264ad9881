-- ALTER DEFAULT PRIVILEGES, per schema and for the whole database. Reads only.
SELECT
    'default privileges of ' || quote_ident(pg_get_userbyid(d.defaclrole)) || ' on '
    || CASE d.defaclobjtype
        WHEN 'r' THEN 'tables' WHEN 'S' THEN 'sequences' WHEN 'f' THEN 'functions' WHEN 'T' THEN 'types'
        WHEN 'n' THEN 'schemas' ELSE d.defaclobjtype::text
    END
    || coalesce(' in schema ' || quote_ident(n.nspname), '') || ' to '
    || CASE
        WHEN g.grantee IS NULL THEN 'nobody'
        WHEN g.grantee = 0 THEN 'PUBLIC'
        ELSE quote_ident(pg_get_userbyid(g.grantee))
    END,
    json_build_object(
        'privileges', array_agg(DISTINCT g.privilege_type || CASE WHEN g.is_grantable THEN '*' ELSE '' END)
    )
FROM pg_catalog.pg_default_acl AS d
LEFT JOIN pg_catalog.pg_namespace AS n ON n.oid = d.defaclnamespace
LEFT JOIN LATERAL aclexplode(d.defaclacl) AS g ON TRUE
WHERE d.defaclnamespace = ANY(%(schemas)s) OR (d.defaclnamespace = 0 AND %(database)s)
GROUP BY d.defaclrole, d.defaclobjtype, n.nspname, g.grantee
