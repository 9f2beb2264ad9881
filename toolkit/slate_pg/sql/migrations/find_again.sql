-- The addresses and schemas that objects have now, by catalog and object; none of what is gone. A type is addressed by
-- one name that holds its schema. Reads only.
SELECT
    k.class::bigint,
    k.object::bigint,
    a.type,
    a.object_names,
    a.object_args,
    coalesce(n.nspname, a.object_names[1])
FROM unnest(%s::bigint [], %s::bigint []) AS k (class, object)
CROSS JOIN LATERAL pg_catalog.pg_identify_object_as_address(k.class::oid, k.object::oid, 0) AS a
LEFT JOIN pg_catalog.pg_type AS t ON k.class::oid = 'pg_catalog.pg_type'::regclass AND t.oid = k.object::oid
LEFT JOIN pg_catalog.pg_namespace AS n ON n.oid = t.typnamespace
