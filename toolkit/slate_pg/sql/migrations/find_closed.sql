-- The schemas, of those named, in which the role at work may make nothing. Reads only.
SELECT nspname
FROM pg_catalog.pg_namespace
WHERE nspname = ANY(%s) AND NOT pg_catalog.has_schema_privilege(oid, 'CREATE')
