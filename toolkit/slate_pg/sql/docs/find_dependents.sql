-- What the catalog knows to use a table, view or function of some schemas: views, policies, triggers, functions with a
-- body that was parsed when they were made, defaults and constraints. Bodies that are texts are not known to it.
-- Columns: kind, schema and name of what uses, the table it is on; kind, schema, name, arguments of what is used.
-- Reads only.
WITH dependents AS (
    SELECT
        CASE v.relkind WHEN 'm' THEN 'materialized view' WHEN 'v' THEN 'view' ELSE 'rule' END AS kind,
        v.relnamespace AS schema,
        CASE WHEN v.relkind IN ('v', 'm') THEN v.relname ELSE r.rulename END AS name,
        CASE WHEN v.relkind IN ('v', 'm') THEN NULL ELSE v.relname END AS on_name,
        v.oid AS own,
        d.refclassid,
        d.refobjid
    FROM pg_catalog.pg_depend AS d
    INNER JOIN pg_catalog.pg_rewrite AS r ON r.oid = d.objid
    INNER JOIN pg_catalog.pg_class AS v ON v.oid = r.ev_class
    WHERE d.classid = 'pg_catalog.pg_rewrite'::regclass
    UNION
    SELECT 'policy', c.relnamespace, p.polname, c.relname, c.oid, d.refclassid, d.refobjid
    FROM pg_catalog.pg_depend AS d
    INNER JOIN pg_catalog.pg_policy AS p ON p.oid = d.objid
    INNER JOIN pg_catalog.pg_class AS c ON c.oid = p.polrelid
    WHERE d.classid = 'pg_catalog.pg_policy'::regclass
    UNION
    SELECT 'trigger', c.relnamespace, t.tgname, c.relname, c.oid, 'pg_catalog.pg_proc'::regclass, t.tgfoid
    FROM pg_catalog.pg_trigger AS t
    INNER JOIN pg_catalog.pg_class AS c ON c.oid = t.tgrelid
    WHERE NOT t.tgisinternal AND t.tgparentid = 0
    UNION
    SELECT
        CASE f.prokind WHEN 'p' THEN 'procedure' ELSE 'function' END, f.pronamespace, f.proname, NULL, f.oid,
        d.refclassid, d.refobjid
    FROM pg_catalog.pg_depend AS d
    INNER JOIN pg_catalog.pg_proc AS f ON f.oid = d.objid
    WHERE d.classid = 'pg_catalog.pg_proc'::regclass AND d.deptype = 'n'
    UNION
    SELECT 'constraint', c.relnamespace, k.conname, c.relname, c.oid, d.refclassid, d.refobjid
    FROM pg_catalog.pg_depend AS d
    INNER JOIN pg_catalog.pg_constraint AS k ON k.oid = d.objid AND k.contype = 'c'
    INNER JOIN pg_catalog.pg_class AS c ON c.oid = k.conrelid
    WHERE d.classid = 'pg_catalog.pg_constraint'::regclass
    UNION
    SELECT 'default', c.relnamespace, a.attname, c.relname, c.oid, d.refclassid, d.refobjid
    FROM pg_catalog.pg_depend AS d
    INNER JOIN pg_catalog.pg_attrdef AS e ON e.oid = d.objid
    INNER JOIN pg_catalog.pg_class AS c ON c.oid = e.adrelid
    INNER JOIN pg_catalog.pg_attribute AS a ON a.attrelid = e.adrelid AND a.attnum = e.adnum
    WHERE d.classid = 'pg_catalog.pg_attrdef'::regclass
)

SELECT DISTINCT
    d.kind,
    n.nspname::text,
    d.name::text,
    d.on_name::text,
    CASE WHEN c.oid IS NOT NULL THEN 'table' ELSE 'function' END,
    coalesce(cn.nspname, pn.nspname)::text,
    coalesce(c.relname, p.proname)::text,
    CASE WHEN p.oid IS NOT NULL
        THEN left(substr(p.oid::regprocedure::text, strpos(p.oid::regprocedure::text, '(') + 1), -1)
    END
FROM dependents AS d
INNER JOIN pg_catalog.pg_namespace AS n ON n.oid = d.schema
LEFT JOIN pg_catalog.pg_class AS c
    ON d.refclassid = 'pg_catalog.pg_class'::regclass AND c.oid = d.refobjid AND c.oid <> d.own
        AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
LEFT JOIN pg_catalog.pg_namespace AS cn ON cn.oid = c.relnamespace
LEFT JOIN pg_catalog.pg_proc AS p ON d.refclassid = 'pg_catalog.pg_proc'::regclass AND p.oid = d.refobjid
LEFT JOIN pg_catalog.pg_namespace AS pn ON pn.oid = p.pronamespace
WHERE coalesce(cn.nspname, pn.nspname) = ANY(%(schemas)s)
ORDER BY 1, 2, 3, 4, 5, 6, 7, 8
