-- The address of each object of a dump, by catalog and object, with the table that an index is of. Reads only.
SELECT k.class::bigint, k.object::bigint, a.type, a.object_names, a.object_args, t.relname
FROM unnest(%s::bigint [], %s::bigint []) AS k (class, object)
CROSS JOIN LATERAL pg_catalog.pg_identify_object_as_address(k.class::oid, k.object::oid, 0) AS a
LEFT JOIN pg_catalog.pg_index AS i ON k.class::oid = 'pg_catalog.pg_class'::regclass AND i.indexrelid = k.object::oid
LEFT JOIN pg_catalog.pg_class AS t ON t.oid = i.indrelid
WHERE a.object_names IS NOT NULL
