-- Functions and procedures of a schema: name, identity arguments, kind (f, p; t for a trigger's), names and types of the
-- arguments that go in. Reads only.
SELECT
    p.proname AS name,
    pg_catalog.pg_get_function_identity_arguments(p.oid) AS arguments,
    CASE WHEN p.prorettype IN ('trigger'::regtype, 'event_trigger'::regtype) THEN 't' ELSE p.prokind::text END AS kind,
    (coalesce(p.proargnames, '{}'))[1:p.pronargs]::text[] AS names,
    ARRAY(
        SELECT pg_catalog.format_type(t.id, NULL)
        FROM unnest(p.proargtypes::oid[]) WITH ORDINALITY AS t (id, place)
        ORDER BY t.place
    ) AS types
FROM pg_catalog.pg_proc AS p
INNER JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace
WHERE n.nspname = %(schema)s AND p.prokind IN ('f', 'p')
    AND NOT EXISTS (
        SELECT FROM pg_catalog.pg_depend AS d
        WHERE d.classid = 'pg_catalog.pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e'
    )
ORDER BY p.proname COLLATE "C", pg_catalog.pg_get_function_identity_arguments(p.oid) COLLATE "C"
