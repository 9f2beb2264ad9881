-- Who owns what; owned sequences, indexes and partitions' rows follow their tables. Reads only.
SELECT
    format('owner of %s', c.oid::regclass),
    format('ALTER %s %s OWNER TO %I', CASE c.relkind WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW'
        WHEN 'S' THEN 'SEQUENCE' WHEN 'c' THEN 'TYPE' ELSE 'TABLE' END, c.oid::regclass, pg_get_userbyid(c.relowner))
FROM pg_catalog.pg_class AS c
INNER JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'S', 'c') AND c.relpersistence <> 't'
    AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
    AND NOT EXISTS (
        SELECT FROM pg_catalog.pg_depend AS d
        WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid
            AND (d.deptype = 'e' OR c.relkind = 'S' AND d.deptype IN ('a', 'i'))
    )
UNION ALL
SELECT
    format('owner of %s', p.oid::regprocedure),
    format('ALTER ROUTINE %I.%I(%s) OWNER TO %I', n.nspname, p.proname,
        CASE WHEN p.prokind = 'a' AND p.pronargs = 0 THEN '' ELSE pg_get_function_identity_arguments(p.oid) END,
        pg_get_userbyid(p.proowner))
FROM pg_catalog.pg_proc AS p
INNER JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace
WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
    AND NOT EXISTS (
        SELECT FROM pg_catalog.pg_depend AS d
        WHERE d.classid = 'pg_catalog.pg_proc'::regclass AND d.objid = p.oid AND d.deptype IN ('e', 'i')
    )
UNION ALL
SELECT
    format('owner of %s', format_type(t.oid, NULL)),
    format('ALTER %s %I.%I OWNER TO %I', CASE t.typtype WHEN 'd' THEN 'DOMAIN' ELSE 'TYPE' END, n.nspname, t.typname,
        pg_get_userbyid(t.typowner))
FROM pg_catalog.pg_type AS t
INNER JOIN pg_catalog.pg_namespace AS n ON n.oid = t.typnamespace
WHERE t.typtype IN ('e', 'd', 'r') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
    AND NOT EXISTS (
        SELECT FROM pg_catalog.pg_depend AS d
        WHERE d.classid = 'pg_catalog.pg_type'::regclass AND d.objid = t.oid AND d.deptype = 'e'
    )
UNION ALL
SELECT format('owner of statistics %I.%I', n.nspname, s.stxname),
    format('ALTER STATISTICS %I.%I OWNER TO %I', n.nspname, s.stxname, pg_get_userbyid(s.stxowner))
FROM pg_catalog.pg_statistic_ext AS s
INNER JOIN pg_catalog.pg_namespace AS n ON n.oid = s.stxnamespace
WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
UNION ALL
SELECT format('owner of collation %I.%I', n.nspname, c.collname),
    format('ALTER COLLATION %I.%I OWNER TO %I', n.nspname, c.collname, pg_get_userbyid(c.collowner))
FROM pg_catalog.pg_collation AS c
INNER JOIN pg_catalog.pg_namespace AS n ON n.oid = c.collnamespace
WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
    AND NOT EXISTS (
        SELECT FROM pg_catalog.pg_depend AS d
        WHERE d.classid = 'pg_catalog.pg_collation'::regclass AND d.objid = c.oid AND d.deptype = 'e'
    )
