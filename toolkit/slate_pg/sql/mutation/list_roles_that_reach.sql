-- Roles that use a schema and of which {holds}, filled in by `mutation/reach` as the other words in braces. Reads only.
SELECT r.rolname::text{more}
FROM pg_catalog.pg_roles AS r{source}
WHERE NOT r.rolsuper AND NOT starts_with(r.rolname, 'pg_')
    AND pg_catalog.has_schema_privilege(r.oid, {schema}, 'USAGE') AND {holds}
ORDER BY 1
