-- Whether a column's own default is made anew every time: it calls what is not immutable, and no key leads to the column
-- or from it. Reads only.
SELECT EXISTS (
    SELECT FROM pg_catalog.pg_depend AS d
    INNER JOIN pg_catalog.pg_proc AS p ON p.oid = d.refobjid
    WHERE d.classid = 'pg_catalog.pg_attrdef'::regclass AND d.objid = f.oid
        AND d.refclassid = 'pg_catalog.pg_proc'::regclass AND p.provolatile <> 'i'
) OR pg_catalog.pg_get_expr(f.adbin, f.adrelid)
    ~ '\m(now|clock_timestamp|statement_timestamp|transaction_timestamp|timeofday|gen_random_uuid|uuidv4|uuidv7|random|CURRENT_TIMESTAMP|CURRENT_DATE|CURRENT_TIME|LOCALTIMESTAMP|LOCALTIME)\M'
FROM pg_catalog.pg_attrdef AS f
INNER JOIN pg_catalog.pg_attribute AS a ON a.attrelid = f.adrelid AND a.attnum = f.adnum
INNER JOIN pg_catalog.pg_class AS c ON c.oid = a.attrelid
INNER JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE n.nspname = %(schema)s AND c.relname = %(table)s AND a.attname = %(column)s AND a.attgenerated = ''
    AND NOT EXISTS (
        SELECT FROM pg_catalog.pg_constraint AS k
        WHERE k.contype = 'f'
            AND ((k.conrelid = c.oid AND a.attnum = ANY(k.conkey)) OR (k.confrelid = c.oid AND a.attnum = ANY(k.confkey)))
    )
