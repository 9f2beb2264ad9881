-- Enums, domains, composite types and ranges that no extension brings. Reads only.
SELECT
    format('type %I.%I', n.nspname, t.typname),
    CASE t.typtype
        WHEN 'e' THEN format('CREATE TYPE %I.%I AS ENUM (%s)', n.nspname, t.typname, (
            SELECT string_agg(quote_literal(e.enumlabel), ', ' ORDER BY e.enumsortorder)
            FROM pg_catalog.pg_enum AS e
            WHERE e.enumtypid = t.oid
        ))
        WHEN 'd' THEN format('CREATE DOMAIN %I.%I AS %s%s%s%s%s', n.nspname, t.typname,
            format_type(t.typbasetype, t.typtypmod),
            (SELECT format(' COLLATE %I.%I', cn.nspname, co.collname)
             FROM pg_catalog.pg_collation AS co INNER JOIN pg_catalog.pg_namespace AS cn ON cn.oid = co.collnamespace
             INNER JOIN pg_catalog.pg_type AS b ON b.oid = t.typbasetype
             WHERE co.oid = t.typcollation AND t.typcollation <> b.typcollation),
            ' DEFAULT ' || t.typdefault,
            CASE WHEN t.typnotnull THEN ' NOT NULL' END,
            (SELECT string_agg(format(' CONSTRAINT %I %s', k.conname, pg_get_constraintdef(k.oid)), '' ORDER BY k.oid)
             FROM pg_catalog.pg_constraint AS k WHERE k.contypid = t.oid AND k.contype = 'c' AND k.convalidated))
        WHEN 'c' THEN format('CREATE TYPE %I.%I AS (%s)', n.nspname, t.typname, (
            SELECT string_agg(format('%I %s', a.attname, format_type(a.atttypid, a.atttypmod)), ', ' ORDER BY a.attnum)
            FROM pg_catalog.pg_attribute AS a
            WHERE a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped
        ))
        WHEN 'r' THEN (
            SELECT format('CREATE TYPE %I.%I AS RANGE (subtype = %s, multirange_type_name = %I.%I%s)',
                n.nspname, t.typname, format_type(r.rngsubtype, NULL), mn.nspname, m.typname,
                CASE WHEN r.rngsubdiff <> 0 THEN ', subtype_diff = ' || r.rngsubdiff::regproc END)
            FROM pg_catalog.pg_range AS r
            INNER JOIN pg_catalog.pg_type AS m ON m.oid = r.rngmultitypid
            INNER JOIN pg_catalog.pg_namespace AS mn ON mn.oid = m.typnamespace
            WHERE r.rngtypid = t.oid
        )
    END
FROM pg_catalog.pg_type AS t
INNER JOIN pg_catalog.pg_namespace AS n ON n.oid = t.typnamespace
LEFT JOIN pg_catalog.pg_class AS c ON c.oid = t.typrelid
WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
    AND (t.typtype IN ('e', 'd', 'r') OR t.typtype = 'c' AND c.relkind = 'c')
    AND NOT EXISTS (
        SELECT FROM pg_catalog.pg_depend AS d
        WHERE d.classid = 'pg_catalog.pg_type'::regclass AND d.objid = t.oid AND d.deptype = 'e'
    )
ORDER BY t.oid
