-- One volatile function that a text may call by its name, or by an operator of the database's own. Reads only.
SELECT format('%%I()', p.proname)
FROM pg_catalog.pg_proc AS p
WHERE p.provolatile = 'v' AND p.proname = ANY(%(calls)s) AND p.prokind = 'f'
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
WHERE p.provolatile = 'v' AND t.typname = ANY(%(calls)s)
LIMIT 1
