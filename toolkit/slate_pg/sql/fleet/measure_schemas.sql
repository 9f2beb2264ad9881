-- How many pages of rows schemas have, as far as statistics know; none where there is none. Reads only.
SELECT n.nspname, coalesce(sum(c.relpages), 0)::bigint
FROM pg_catalog.pg_namespace AS n
INNER JOIN pg_catalog.pg_depend AS d
    ON d.refclassid = 'pg_catalog.pg_namespace'::regclass
        AND d.refobjid = n.oid
        AND d.classid = 'pg_catalog.pg_class'::regclass
INNER JOIN pg_catalog.pg_class AS c ON c.oid = d.objid AND c.relkind IN ('r', 'm')
WHERE n.nspname = ANY(%(schemas)s::name [])
GROUP BY n.nspname
