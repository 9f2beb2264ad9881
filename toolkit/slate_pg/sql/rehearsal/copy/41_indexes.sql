-- Indexes that no constraint brings, then which is a partition of which, and what replication goes by. Reads only.
WITH indexes AS (
    SELECT i.*, c.relname, n.nspname
    FROM pg_catalog.pg_index AS i
    INNER JOIN pg_catalog.pg_class AS c ON c.oid = i.indexrelid
    INNER JOIN pg_catalog.pg_class AS r ON r.oid = i.indrelid AND r.relkind IN ('r', 'p', 'm')
    INNER JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND c.relpersistence <> 't'
)

SELECT 1, i.indexrelid, format('index %I.%I', i.nspname, i.relname), pg_get_indexdef(i.indexrelid)
FROM indexes AS i
WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_constraint AS k WHERE k.conindid = i.indexrelid AND k.contype IN ('p', 'u', 'x'))
UNION ALL
SELECT 2, i.indexrelid, format('index %I.%I', i.nspname, i.relname),
    format('ALTER INDEX %s ATTACH PARTITION %I.%I', h.inhparent::regclass, i.nspname, i.relname)
FROM indexes AS i
INNER JOIN pg_catalog.pg_inherits AS h ON h.inhrelid = i.indexrelid
UNION ALL
SELECT 3, i.indexrelid, format('index %I.%I', i.nspname, i.relname),
    format('ALTER TABLE ONLY %s REPLICA IDENTITY USING INDEX %I', i.indrelid::regclass, i.relname)
FROM indexes AS i
WHERE i.indisreplident
UNION ALL
SELECT 4, i.indexrelid, format('index %I.%I', i.nspname, i.relname),
    format('ALTER TABLE ONLY %s CLUSTER ON %I', i.indrelid::regclass, i.relname)
FROM indexes AS i
WHERE i.indisclustered
ORDER BY 1, 2
