-- The ordinary tables of an installation, whose rows replication carries: schema, name, whether they are logged, whether an
-- UPDATE or DELETE can say which row it means. Tables of extensions are left out. Reads only.
SELECT
    n.nspname,
    c.relname,
    c.relpersistence = 'p',
    c.relreplident = 'f'
    OR c.relreplident = 'd' AND EXISTS (
        SELECT FROM pg_catalog.pg_index AS x WHERE x.indrelid = c.oid AND x.indisprimary AND x.indisvalid
    )
    OR c.relreplident = 'i' AND EXISTS (
        SELECT FROM pg_catalog.pg_index AS x WHERE x.indrelid = c.oid AND x.indisreplident AND x.indisvalid
    )
FROM pg_catalog.pg_class AS c
INNER JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.relkind = 'r'
    AND (
        n.nspname = ANY(%(schemas)s)
        OR EXISTS (SELECT FROM jsonb_array_elements(%(single)s::jsonb) AS s (one)
            WHERE s.one ->> 0 = n.nspname AND s.one ->> 1 = c.relname)
    )
    AND NOT EXISTS (
        SELECT FROM pg_catalog.pg_depend AS d
        WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e'
    )
ORDER BY n.nspname COLLATE "C", c.relname COLLATE "C"
