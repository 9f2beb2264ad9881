-- why: no row can be told from its double, and logical replication refuses to change or delete one
SELECT
    c.oid::regclass::text,
    'has no primary key',
    format('ALTER TABLE %s ADD PRIMARY KEY (…);', c.oid::regclass)
FROM pg_catalog.pg_class AS c
WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relpersistence <> 't'
    AND c.relnamespace = ANY(:schemas::regnamespace []) AND NOT starts_with(c.relname, '_slate')
    AND NOT EXISTS (
        SELECT FROM pg_catalog.pg_constraint AS k
        WHERE k.conrelid = c.oid AND k.contype = 'p'
    )
    AND NOT EXISTS (
        SELECT FROM pg_catalog.pg_depend AS d
        WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e'
    )
