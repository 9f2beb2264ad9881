-- What holds the name of a schema as text, or may: settings of functions, texts that are read only when they run,
-- constants in expressions, comments of tables, settings and comments of roles. `place` is what the schema is called now,
-- `old` the name as identifiers spell it, in lower case: with the schema renamed already, what refers to it by number
-- prints the new name. With `everywhere` functions of all schemas, and every expression is printed; else only those
-- whose tree holds a constant with the name, by its `bytes`. Found by way of pg_depend, which has an index by schema. To
-- be asked with an empty search_path. Reads only.
WITH place AS (
    SELECT n.oid FROM pg_catalog.pg_namespace AS n WHERE n.nspname = %(place)s
),

members AS MATERIALIZED (
    SELECT d.classid, d.objid
    FROM pg_catalog.pg_depend AS d
    WHERE d.refclassid = 'pg_catalog.pg_namespace'::regclass AND d.refobjid = (SELECT p.oid FROM place AS p)
),

tables AS MATERIALIZED (
    SELECT c.oid, c.relkind
    FROM members AS m
    INNER JOIN pg_catalog.pg_class AS c ON c.oid = m.objid
    WHERE m.classid = 'pg_catalog.pg_class'::regclass
),

functions AS MATERIALIZED (
    SELECT p.oid, p.proconfig, p.prosrc, p.prosqlbody, p.proargdefaults
    FROM members AS m
    INNER JOIN pg_catalog.pg_proc AS p ON p.oid = m.objid
    WHERE m.classid = 'pg_catalog.pg_proc'::regclass
    UNION
    SELECT p.oid, p.proconfig, p.prosrc, p.prosqlbody, p.proargdefaults
    FROM pg_catalog.pg_proc AS p
    WHERE %(everywhere)s AND p.oid >= 16384
),

constraints AS MATERIALIZED (
    SELECT k.oid, k.conname, k.conbin
    FROM tables AS t
    INNER JOIN pg_catalog.pg_constraint AS k ON k.conrelid = t.oid
    WHERE k.contype = 'c'
    UNION ALL
    SELECT k.oid, k.conname, k.conbin
    FROM members AS m
    INNER JOIN pg_catalog.pg_constraint AS k ON k.contypid = m.objid
    WHERE m.classid = 'pg_catalog.pg_type'::regclass AND k.contype = 'c'
),

-- Materialized, or the texts of the objects of every schema would be printed.
held AS MATERIALIZED (
    SELECT 'setting' AS kind, f.oid::regprocedure::text AS target, s.setting AS held
    FROM functions AS f
    CROSS JOIN unnest(f.proconfig) AS s (setting)
    UNION ALL
    SELECT 'text', 'function ' || f.oid::regprocedure::text, f.prosrc
    FROM functions AS f
    WHERE f.prosqlbody IS NULL
    UNION ALL
    SELECT 'text', 'function ' || f.oid::regprocedure::text, b.held
    FROM functions AS f
    CROSS JOIN LATERAL (VALUES (pg_catalog.pg_get_function_sqlbody(f.oid))) AS b (held)
    WHERE f.prosqlbody IS NOT NULL AND (%(everywhere)s OR strpos(f.prosqlbody::text, %(bytes)s) > 0)
    UNION ALL
    SELECT 'text', 'function ' || f.oid::regprocedure::text, pg_catalog.pg_get_expr(f.proargdefaults, 0)
    FROM functions AS f
    WHERE f.proargdefaults IS NOT NULL AND (%(everywhere)s OR strpos(f.proargdefaults::text, %(bytes)s) > 0)
    UNION ALL
    SELECT
        'text', format('default of %%s.%%I', d.adrelid::regclass, a.attname), pg_catalog.pg_get_expr(d.adbin, d.adrelid)
    FROM tables AS t
    INNER JOIN pg_catalog.pg_attrdef AS d ON d.adrelid = t.oid
    INNER JOIN pg_catalog.pg_attribute AS a ON a.attrelid = d.adrelid AND a.attnum = d.adnum
    WHERE %(everywhere)s OR strpos(d.adbin::text, %(bytes)s) > 0
    UNION ALL
    SELECT 'text', format('constraint %%I', k.conname), pg_catalog.pg_get_constraintdef(k.oid)
    FROM constraints AS k
    WHERE %(everywhere)s OR strpos(k.conbin::text, %(bytes)s) > 0
    UNION ALL
    SELECT 'text', format('policy %%I on %%s', y.polname, y.polrelid::regclass), pg_catalog.pg_get_expr(e.node, y.polrelid)
    FROM tables AS t
    INNER JOIN pg_catalog.pg_policy AS y ON y.polrelid = t.oid
    CROSS JOIN LATERAL (VALUES (y.polqual), (y.polwithcheck)) AS e (node)
    WHERE %(everywhere)s OR strpos(e.node::text, %(bytes)s) > 0
    UNION ALL
    SELECT 'text', 'index ' || i.indexrelid::regclass::text, pg_catalog.pg_get_indexdef(i.indexrelid)
    FROM tables AS t
    INNER JOIN pg_catalog.pg_index AS i ON i.indrelid = t.oid
    WHERE (i.indexprs IS NOT NULL OR i.indpred IS NOT NULL)
        AND (%(everywhere)s OR strpos(concat(i.indexprs, i.indpred), %(bytes)s) > 0)
    UNION ALL
    SELECT
        'text', format('trigger %%I on %%s', g.tgname, g.tgrelid::regclass),
        pg_catalog.encode(g.tgargs, 'escape') || coalesce(pg_catalog.pg_get_triggerdef(g.oid), '')
    FROM tables AS t
    INNER JOIN pg_catalog.pg_trigger AS g ON g.tgrelid = t.oid
    WHERE NOT g.tgisinternal
        AND (g.tgnargs > 0 OR (g.tgqual IS NOT NULL AND (%(everywhere)s OR strpos(g.tgqual::text, %(bytes)s) > 0)))
    UNION ALL
    SELECT 'text', format('rule %%I on %%s', r.rulename, r.ev_class::regclass), pg_catalog.pg_get_ruledef(r.oid)
    FROM tables AS t
    INNER JOIN pg_catalog.pg_rewrite AS r ON r.ev_class = t.oid
    WHERE %(everywhere)s OR strpos(concat(r.ev_action, r.ev_qual), %(bytes)s) > 0
    UNION ALL
    SELECT
        'comment',
        format('%%s %%s', CASE t.relkind
            WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW' WHEN 'S' THEN 'SEQUENCE'
            WHEN 'f' THEN 'FOREIGN TABLE' WHEN 'i' THEN 'INDEX' WHEN 'I' THEN 'INDEX' WHEN 'c' THEN 'TYPE' ELSE 'TABLE'
        END, t.oid::regclass),
        d.description
    FROM tables AS t
    INNER JOIN pg_catalog.pg_description AS d
        ON d.objoid = t.oid AND d.classoid = 'pg_catalog.pg_class'::regclass AND d.objsubid = 0
    UNION ALL
    SELECT
        'role setting',
        coalesce('ROLE ' || quote_ident(r.rolname) || coalesce(' IN DATABASE ' || quote_ident(b.datname), ''),
            'DATABASE ' || quote_ident(b.datname), 'ROLE ALL'),
        s.setting
    FROM pg_catalog.pg_db_role_setting AS o
    LEFT JOIN pg_catalog.pg_roles AS r ON r.oid = o.setrole
    LEFT JOIN pg_catalog.pg_database AS b ON b.oid = o.setdatabase
    CROSS JOIN unnest(o.setconfig) AS s (setting)
    WHERE o.setdatabase = 0 OR b.datname = current_database()
)

SELECT h.kind, h.target, h.held
FROM held AS h
WHERE strpos(lower(h.held), %(old)s) > 0
ORDER BY h.kind, h.target
