-- Privileges where they are not the ones an object is born with. Reads only.
WITH objects AS (
    SELECT
        CASE c.relkind WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END AS kind, c.oid::regclass::text AS name, '' AS part,
        c.relowner AS owner, c.relacl AS acl
    FROM pg_catalog.pg_class AS c
    INNER JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'v', 'm', 'S') AND c.relpersistence <> 't'
        AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
        AND NOT EXISTS (
            SELECT FROM pg_catalog.pg_depend AS d
            WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e'
        )
    UNION ALL
    SELECT 'TABLE', c.oid::regclass::text, format(' (%I)', a.attname), c.relowner, a.attacl
    FROM pg_catalog.pg_attribute AS a
    INNER JOIN pg_catalog.pg_class AS c ON c.oid = a.attrelid
    INNER JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'v', 'm') AND a.attnum > 0 AND NOT a.attisdropped
        AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
    UNION ALL
    SELECT
        'ROUTINE', format('%I.%I(%s)', n.nspname, p.proname, CASE WHEN p.prokind = 'a' AND p.pronargs = 0 THEN ''
            ELSE pg_get_function_identity_arguments(p.oid) END), '', p.proowner, p.proacl
    FROM pg_catalog.pg_proc AS p
    INNER JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace
    WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
        AND NOT EXISTS (
            SELECT FROM pg_catalog.pg_depend AS d
            WHERE d.classid = 'pg_catalog.pg_proc'::regclass AND d.objid = p.oid AND d.deptype IN ('e', 'i')
        )
    UNION ALL
    SELECT 'TYPE', format('%I.%I', n.nspname, t.typname), '', t.typowner, t.typacl
    FROM pg_catalog.pg_type AS t
    INNER JOIN pg_catalog.pg_namespace AS n ON n.oid = t.typnamespace
    WHERE t.typtype IN ('e', 'd', 'r', 'c') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
        AND NOT EXISTS (
            SELECT FROM pg_catalog.pg_depend AS d
            WHERE d.classid = 'pg_catalog.pg_type'::regclass AND d.objid = t.oid AND d.deptype = 'e'
        )
)

SELECT format('privileges on %s', o.name), format('REVOKE ALL ON %s %s FROM PUBLIC, %I', o.kind, o.name,
    pg_get_userbyid(o.owner))
FROM objects AS o
WHERE o.acl IS NOT NULL AND o.part = ''
UNION ALL
SELECT format('privileges on %s', o.name), format('GRANT %s%s ON %s %s TO %s%s', g.privilege_type, o.part, o.kind, o.name,
    CASE g.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(g.grantee)) END,
    CASE WHEN g.is_grantable AND g.grantee <> o.owner THEN ' WITH GRANT OPTION' END)
FROM objects AS o
CROSS JOIN LATERAL aclexplode(o.acl) AS g
UNION ALL
SELECT format('default privileges of %s', pg_get_userbyid(a.defaclrole)),
    format('ALTER DEFAULT PRIVILEGES FOR ROLE %I%s %s', pg_get_userbyid(a.defaclrole),
        (SELECT format(' IN SCHEMA %I', n.nspname) FROM pg_catalog.pg_namespace AS n WHERE n.oid = a.defaclnamespace),
        s.statement)
FROM pg_catalog.pg_default_acl AS a
CROSS JOIN LATERAL (SELECT CASE a.defaclobjtype WHEN 'r' THEN 'TABLES' WHEN 'S' THEN 'SEQUENCES'
    WHEN 'f' THEN 'FUNCTIONS' WHEN 'T' THEN 'TYPES' WHEN 'n' THEN 'SCHEMAS' END AS kind) AS k
CROSS JOIN LATERAL (
    SELECT 0, format('REVOKE ALL ON %s FROM PUBLIC', k.kind) WHERE a.defaclnamespace = 0
    UNION ALL
    SELECT 1, format('GRANT %s ON %s TO %s%s', g.privilege_type, k.kind,
        CASE g.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(g.grantee)) END,
        CASE WHEN g.is_grantable AND g.grantee <> a.defaclrole THEN ' WITH GRANT OPTION' END)
    FROM aclexplode(a.defaclacl) AS g
) AS s (rank, statement)
WHERE k.kind IS NOT NULL AND (
    a.defaclnamespace = 0
    OR a.defaclnamespace IN (SELECT n.oid FROM pg_catalog.pg_namespace AS n WHERE n.nspname <> 'information_schema')
)
