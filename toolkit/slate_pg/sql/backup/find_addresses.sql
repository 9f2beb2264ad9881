-- The address of each object of a dump, by catalog and object, with its schema, and the table that an index is of. A
-- type is addressed by one name that holds its schema. Reads only.
SELECT
    k.class::bigint,
    k.object::bigint,
    a.type,
    a.object_names,
    a.object_args,
    coalesce(n.nspname, a.object_names[1]),
    t.relname
FROM unnest(%s::bigint [], %s::bigint []) AS k (class, object)
CROSS JOIN LATERAL pg_catalog.pg_identify_object_as_address(k.class::oid, k.object::oid, 0) AS a
LEFT JOIN pg_catalog.pg_constraint AS c
    ON k.class::oid = 'pg_catalog.pg_constraint'::regclass AND c.oid = k.object::oid
LEFT JOIN pg_catalog.pg_type AS y ON k.class::oid = 'pg_catalog.pg_type'::regclass AND y.oid = k.object::oid
LEFT JOIN pg_catalog.pg_namespace AS n ON n.oid IN (c.connamespace, y.typnamespace)
LEFT JOIN pg_catalog.pg_index AS x ON k.class::oid = 'pg_catalog.pg_class'::regclass AND x.indexrelid = k.object::oid
LEFT JOIN pg_catalog.pg_class AS t ON t.oid = x.indrelid
WHERE a.object_names IS NOT NULL
