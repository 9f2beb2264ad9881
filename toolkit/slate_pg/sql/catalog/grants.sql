-- Who may do what: each object's privileges by grantee (public is everybody, the empty name the owner), * where they
-- may be passed on. Without an ACL the built-in default counts, so that a grant of what everybody has anyway is no
-- difference. Reads only.
WITH objects (kind, schema, name, arguments, relation_kind, relation, class, owner, acl, unit) AS (
    SELECT
        c.relkind::text, n.nspname, c.relname, NULL, NULL, NULL,
        CASE c.relkind WHEN 'S' THEN 's'::"char" ELSE 'r'::"char" END, c.relowner, c.relacl, c.oid::bigint
    FROM pg_catalog.pg_class AS c
    INNER JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    WHERE c.relnamespace = ANY(%(schemas)s) AND c.oid <> ALL(%(left_out)s) AND c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f')
        AND c.oid = ANY(%(relations)s::oid []) -- only
    UNION ALL
    SELECT 'column', n.nspname, a.attname, NULL, c.relkind::text, c.relname, 'c', c.relowner, a.attacl, c.oid::bigint
    FROM pg_catalog.pg_attribute AS a
    INNER JOIN pg_catalog.pg_class AS c ON c.oid = a.attrelid
    INNER JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    WHERE c.relnamespace = ANY(%(schemas)s) AND c.oid <> ALL(%(left_out)s)
        AND a.attacl IS NOT NULL AND NOT a.attisdropped
        AND c.oid = ANY(%(relations)s::oid []) -- only
    UNION ALL
    SELECT
        CASE p.prokind WHEN 'p' THEN 'procedure' WHEN 'a' THEN 'aggregate' ELSE 'function' END,
        n.nspname, p.proname,
        left(substr(p.oid::regprocedure::text, length(quote_ident(n.nspname) || quote_ident(p.proname)) + 3), -1),
        NULL, NULL, 'f', p.proowner, p.proacl, p.oid::bigint + 4294967296
    FROM pg_catalog.pg_proc AS p
    INNER JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace
    WHERE p.pronamespace = ANY(%(schemas)s) AND p.oid <> ALL(%(left_out)s)
        AND p.oid = ANY(%(functions)s::oid []) -- only
    UNION ALL
    SELECT
        CASE t.typtype WHEN 'd' THEN 'domain' ELSE 'type' END, n.nspname, t.typname, NULL, NULL, NULL,
        'T', t.typowner, t.typacl, t.oid::bigint + 8589934592
    FROM pg_catalog.pg_type AS t
    INNER JOIN pg_catalog.pg_namespace AS n ON n.oid = t.typnamespace
    WHERE t.typnamespace = ANY(%(schemas)s) AND t.oid <> ALL(%(left_out)s) AND t.typtype IN ('b', 'c', 'd', 'e', 'r')
        AND t.oid = ANY(%(types)s::oid []) -- only
        AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_type AS element WHERE element.typarray = t.oid)
        AND (
            t.typrelid = 0
            OR EXISTS (SELECT 1 FROM pg_catalog.pg_class AS c WHERE c.oid = t.typrelid AND c.relkind = 'c')
        )
    UNION ALL
    SELECT 'schema', NULL, n.nspname, NULL, NULL, NULL, 'n', n.nspowner, n.nspacl, 0
    FROM pg_catalog.pg_namespace AS n
    WHERE n.oid = ANY(%(schemas)s)
        AND FALSE -- only
    UNION ALL
    SELECT 'database', NULL, NULL, NULL, NULL, NULL, 'd', d.datdba, d.datacl, 0
    FROM pg_catalog.pg_database AS d
    WHERE d.datname = current_database() AND %(database)s
        AND FALSE -- only
    UNION ALL
    SELECT 'language', NULL, l.lanname, NULL, NULL, NULL, 'l', l.lanowner, l.lanacl, 0
    FROM pg_catalog.pg_language AS l
    WHERE %(database)s
        AND FALSE -- only
    UNION ALL
    SELECT 'foreign data wrapper', NULL, w.fdwname, NULL, NULL, NULL, 'F', w.fdwowner, w.fdwacl, 0
    FROM pg_catalog.pg_foreign_data_wrapper AS w
    WHERE %(database)s
        AND FALSE -- only
    UNION ALL
    SELECT 'server', NULL, s.srvname, NULL, NULL, NULL, 'S', s.srvowner, s.srvacl, 0
    FROM pg_catalog.pg_foreign_server AS s
    WHERE %(database)s
        AND FALSE -- only
    UNION ALL
    SELECT 'parameter', NULL, p.parname, NULL, NULL, NULL, 'p', 10, p.paracl, 0
    FROM pg_catalog.pg_parameter_acl AS p
    WHERE %(database)s
        AND FALSE -- only
)

SELECT
    'grant' AS kind,
    CASE WHEN g.grantee = 0 THEN 'public' WHEN g.grantee = o.owner THEN '' ELSE pg_get_userbyid(g.grantee) END AS name,
    o.kind AS on_kind,
    o.schema AS on_schema,
    o.name AS on_name,
    o.arguments AS on_arguments,
    o.relation_kind AS on_on_kind,
    o.relation AS on_on_name,
    o.unit, -- unit
    g.privileges
FROM objects AS o
CROSS JOIN LATERAL (
    SELECT
        e.grantee,
        array_agg(
            DISTINCT e.privilege_type || CASE WHEN e.is_grantable AND e.grantee <> o.owner THEN '*' ELSE '' END
        ) AS privileges
    FROM aclexplode(coalesce(o.acl, CASE WHEN o.class = 'c' THEN '{}' ELSE acldefault(o.class, o.owner) END)) AS e
    GROUP BY e.grantee
) AS g
