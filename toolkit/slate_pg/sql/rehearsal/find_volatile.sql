-- One volatile function that a text may call by its name, as if it were a column of a row, by an operator or by a cast.
-- Reads only.
SELECT format('%%I()', p.proname)
FROM pg_catalog.pg_proc AS p
WHERE p.provolatile = 'v' AND p.prokind = 'f'
    AND (
        p.proname = ANY(%(calls)s)
        OR (
            p.proname = ANY(%(dotted)s) AND p.pronargs = 1
            AND EXISTS (SELECT FROM pg_catalog.pg_type AS r WHERE r.oid = p.proargtypes[0] AND r.typtype IN ('c', 'p'))
        )
    )
UNION ALL
SELECT format('%%I() by operator %%s', p.proname, o.oprname)
FROM pg_catalog.pg_operator AS o
INNER JOIN pg_catalog.pg_proc AS p ON p.oid = o.oprcode
WHERE p.provolatile = 'v' AND o.oprname = ANY(%(operators)s)
UNION ALL
SELECT format('%%I() by a cast', p.proname)
FROM pg_catalog.pg_cast AS c
INNER JOIN pg_catalog.pg_proc AS p ON p.oid = c.castfunc
INNER JOIN pg_catalog.pg_type AS t ON t.oid IN (c.castsource, c.casttarget)
WHERE p.provolatile = 'v' AND t.typname = ANY(%(types)s)
LIMIT 1
