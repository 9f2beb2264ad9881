-- why: a partition is not covered by its parent's policies: whoever may read it reads all of it
SELECT
    c.oid::regclass::text,
    'row security is on for ' || p.oid::regclass || ' and off here',
    format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY;', c.oid::regclass)
FROM pg_catalog.pg_inherits AS i
INNER JOIN pg_catalog.pg_class AS c ON c.oid = i.inhrelid
INNER JOIN pg_catalog.pg_class AS p ON p.oid = i.inhparent
WHERE p.relrowsecurity AND NOT c.relrowsecurity AND c.relkind IN ('r', 'p') AND c.relispartition
    AND c.relnamespace = ANY(:schemas::regnamespace [])
