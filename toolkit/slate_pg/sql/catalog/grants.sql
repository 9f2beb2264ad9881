-- Who may do what: each object's privileges by grantee, * where they may be passed on. Without an ACL the built-in
-- default counts, so that a grant of what everybody has anyway is no difference. Reads only.
WITH objects (name, kind, owner, acl) AS (
    SELECT
        CASE c.relkind
            WHEN 'v' THEN 'view '
            WHEN 'm' THEN 'materialized view '
            WHEN 'S' THEN 'sequence '
            WHEN 'f' THEN 'foreign table '
            ELSE 'table '
        END || c.oid::regclass,
        CASE c.relkind WHEN 'S' THEN 's'::"char" ELSE 'r'::"char" END, c.relowner, c.relacl
    FROM pg_catalog.pg_class AS c
    WHERE c.relnamespace = ANY(%(schemas)s) AND c.oid <> ALL(%(left_out)s) AND c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f')
    UNION ALL
    SELECT 'column ' || c.oid::regclass || '.' || quote_ident(a.attname), 'c', c.relowner, a.attacl
    FROM pg_catalog.pg_attribute AS a
    INNER JOIN pg_catalog.pg_class AS c ON c.oid = a.attrelid
    WHERE c.relnamespace = ANY(%(schemas)s) AND c.oid <> ALL(%(left_out)s)
        AND a.attacl IS NOT NULL AND NOT a.attisdropped
    UNION ALL
    SELECT
        CASE p.prokind WHEN 'p' THEN 'procedure ' WHEN 'a' THEN 'aggregate ' ELSE 'function ' END
        || p.oid::regprocedure, 'f', p.proowner, p.proacl
    FROM pg_catalog.pg_proc AS p
    WHERE p.pronamespace = ANY(%(schemas)s) AND p.oid <> ALL(%(left_out)s)
    UNION ALL
    SELECT CASE t.typtype WHEN 'd' THEN 'domain ' ELSE 'type ' END || t.oid::regtype, 'T', t.typowner, t.typacl
    FROM pg_catalog.pg_type AS t
    WHERE t.typnamespace = ANY(%(schemas)s) AND t.oid <> ALL(%(left_out)s) AND t.typtype IN ('b', 'c', 'd', 'e', 'r')
        AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_type AS element WHERE element.typarray = t.oid)
        AND (
            t.typrelid = 0
            OR EXISTS (SELECT 1 FROM pg_catalog.pg_class AS c WHERE c.oid = t.typrelid AND c.relkind = 'c')
        )
    UNION ALL
    SELECT 'schema ' || quote_ident(n.nspname), 'n', n.nspowner, n.nspacl
    FROM pg_catalog.pg_namespace AS n
    WHERE n.oid = ANY(%(schemas)s)
    UNION ALL
    SELECT 'database', 'd', d.datdba, d.datacl
    FROM pg_catalog.pg_database AS d
    WHERE d.datname = current_database() AND %(database)s
    UNION ALL
    SELECT 'language ' || quote_ident(l.lanname), 'l', l.lanowner, l.lanacl
    FROM pg_catalog.pg_language AS l
    WHERE %(database)s
    UNION ALL
    SELECT 'foreign data wrapper ' || quote_ident(w.fdwname), 'F', w.fdwowner, w.fdwacl
    FROM pg_catalog.pg_foreign_data_wrapper AS w
    WHERE %(database)s
    UNION ALL
    SELECT 'server ' || quote_ident(s.srvname), 'S', s.srvowner, s.srvacl
    FROM pg_catalog.pg_foreign_server AS s
    WHERE %(database)s
    UNION ALL
    SELECT 'parameter ' || p.parname, 'p', 10, p.paracl
    FROM pg_catalog.pg_parameter_acl AS p
    WHERE %(database)s
)

SELECT
    'grant on ' || o.name || ' to '
    || CASE WHEN g.grantee = 0 THEN 'PUBLIC' WHEN g.grantee = o.owner THEN 'its owner' ELSE quote_ident(pg_get_userbyid(g.grantee)) END,
    array_agg(
        DISTINCT g.privilege_type || CASE WHEN g.is_grantable AND g.grantee <> o.owner THEN '*' ELSE '' END
    ) AS privileges
FROM objects AS o
CROSS JOIN LATERAL aclexplode(coalesce(o.acl, CASE WHEN o.kind = 'c' THEN '{}' ELSE acldefault(o.kind, o.owner) END)) AS g
GROUP BY o.name, g.grantee, o.owner
