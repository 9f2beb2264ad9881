-- Sequences but those of identity columns. Reads only.
SELECT
    format('sequence %I.%I', n.nspname, c.relname),
    format('CREATE %sSEQUENCE %I.%I AS %s INCREMENT %s MINVALUE %s MAXVALUE %s START %s CACHE %s%s',
        CASE c.relpersistence WHEN 'u' THEN 'UNLOGGED ' END, n.nspname, c.relname, format_type(s.seqtypid, NULL),
        s.seqincrement, s.seqmin, s.seqmax, s.seqstart, s.seqcache, CASE WHEN s.seqcycle THEN ' CYCLE' END)
FROM pg_catalog.pg_sequence AS s
INNER JOIN pg_catalog.pg_class AS c ON c.oid = s.seqrelid
INNER JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND c.relpersistence <> 't'
    AND NOT EXISTS (
        SELECT FROM pg_catalog.pg_depend AS d
        WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid AND d.deptype IN ('e', 'i')
    )
ORDER BY c.oid
