-- Schemas. Reads only.
SELECT
    'schema' AS kind,
    n.nspname AS name,
    json_build_object('owner', pg_get_userbyid(n.nspowner))
FROM pg_catalog.pg_namespace AS n
WHERE n.oid = ANY(%(schemas)s)
