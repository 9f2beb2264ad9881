-- Relations outside the system schemas: name, kind, file, scans in this transaction, the table of an index or sequence. Reads only.
SELECT
    c.oid,
    CASE WHEN n.nspname = p.nspname THEN c.relname ELSE n.nspname || '.' || c.relname END,
    c.relkind::text,
    pg_catalog.pg_relation_filenode(c.oid),
    CASE WHEN c.relkind IN ('r', 'm') THEN pg_catalog.pg_stat_get_xact_numscans(c.oid) ELSE 0 END,
    coalesce(i.indrelid, (
        SELECT d.refobjid
        FROM pg_catalog.pg_depend AS d
        WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid AND c.relkind = 'S'
            AND d.deptype IN ('a', 'i') AND d.refclassid = 'pg_catalog.pg_class'::regclass
        LIMIT 1
    )),
    c.relname,
    h.inhparent,
    c.relispartition
FROM pg_catalog.pg_class AS c
INNER JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
LEFT JOIN pg_catalog.pg_index AS i ON i.indexrelid = c.oid
LEFT JOIN pg_catalog.pg_inherits AS h ON h.inhrelid = c.oid AND h.inhseqno = 1
-- The first schema on the path that has the name: there it needs no schema.
LEFT JOIN LATERAL (
    SELECT pn.nspname
    FROM unnest(%(path)s::text[]) WITH ORDINALITY AS s (name, place)
    INNER JOIN pg_catalog.pg_namespace AS pn ON pn.nspname = s.name
    INNER JOIN pg_catalog.pg_class AS pc ON pc.relnamespace = pn.oid AND pc.relname = c.relname
    ORDER BY s.place
    LIMIT 1
) AS p ON TRUE
WHERE c.relkind IN ('r', 'p', 'i', 'I', 'v', 'm', 'S', 'f')
    AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
    AND c.relname NOT LIKE '\_slate\_%%' AND c.relname NOT LIKE '\_yoyo\_%%' AND c.relname <> 'yoyo_lock'
