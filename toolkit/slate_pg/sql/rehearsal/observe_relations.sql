-- Tables, indexes, views and sequences outside the system schemas, with their file on disk. Reads only.
SELECT
    c.oid,
    CASE WHEN n.nspname = ANY(%(path)s) THEN c.relname ELSE n.nspname || '.' || c.relname END,
    c.relkind::text,
    pg_catalog.pg_relation_filenode(c.oid)
FROM pg_catalog.pg_class AS c
INNER JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'i', 'I', 'v', 'm', 'S', 'f')
    AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
    AND c.relname NOT LIKE '\_slate\_%%' AND c.relname NOT LIKE '\_yoyo\_%%' AND c.relname <> 'yoyo_lock'
