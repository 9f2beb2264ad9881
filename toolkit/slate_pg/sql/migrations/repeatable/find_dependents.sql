-- What depends directly on some objects, each with what it is called and, where it cannot be taken down and put back
-- from the catalog alone, why not. The rule that makes a view stands for the view, its row type for itself. Reads only.
WITH given AS (
    SELECT g.class, g.object FROM unnest(%(classes)s::oid [], %(objects)s::oid []) AS g (class, object)
),

parts AS (
    SELECT g.class, g.object, g.class AS part_class, g.object AS part FROM given AS g
    UNION ALL
    SELECT g.class, g.object, 'pg_catalog.pg_type'::regclass, t.oid
    FROM given AS g
    INNER JOIN pg_catalog.pg_class AS c ON g.class = 'pg_catalog.pg_class'::regclass AND c.oid = g.object
    INNER JOIN pg_catalog.pg_type AS t ON c.reltype <> 0 AND (t.oid = c.reltype OR t.typelem = c.reltype)
),

found AS (
    SELECT DISTINCT
        p.class AS of_class, p.object AS of_object,
        CASE WHEN r.rulename = '_RETURN' THEN 'pg_catalog.pg_class'::regclass ELSE d.classid END AS class,
        CASE WHEN r.rulename = '_RETURN' THEN r.ev_class ELSE d.objid END AS object
    FROM parts AS p
    INNER JOIN pg_catalog.pg_depend AS d ON d.refclassid = p.part_class AND d.refobjid = p.part
    LEFT JOIN pg_catalog.pg_rewrite AS r ON d.classid = 'pg_catalog.pg_rewrite'::regclass AND r.oid = d.objid
),

told AS (
    SELECT
        f.*,
        CASE
            WHEN c.relkind = 'i' AND o.relkind = 'm' THEN 'index'
            WHEN c.relkind IN ('v', 'm') THEN 'relation'
            WHEN p.prokind IN ('f', 'p', 'w') THEN 'routine'
            WHEN t.oid IS NOT NULL THEN 'trigger'
            WHEN f.class = 'pg_catalog.pg_policy'::regclass THEN 'policy'
            WHEN f.class = 'pg_catalog.pg_rewrite'::regclass THEN 'rule'
            WHEN f.class = 'pg_catalog.pg_statistic_ext'::regclass THEN 'statistics'
            WHEN a.attgenerated = '' THEN 'default'
        END AS kind,
        coalesce(a.attgenerated, '') <> '' AS is_generated
    FROM found AS f
    LEFT JOIN pg_catalog.pg_class AS c ON f.class = 'pg_catalog.pg_class'::regclass AND c.oid = f.object
    LEFT JOIN pg_catalog.pg_index AS i ON i.indexrelid = c.oid
    LEFT JOIN pg_catalog.pg_class AS o ON o.oid = i.indrelid
    LEFT JOIN pg_catalog.pg_proc AS p ON f.class = 'pg_catalog.pg_proc'::regclass AND p.oid = f.object
    LEFT JOIN pg_catalog.pg_trigger AS t ON f.class = 'pg_catalog.pg_trigger'::regclass AND t.oid = f.object
    LEFT JOIN pg_catalog.pg_constraint AS k ON f.class = 'pg_catalog.pg_constraint'::regclass AND k.oid = f.object
    LEFT JOIN pg_catalog.pg_attrdef AS e ON f.class = 'pg_catalog.pg_attrdef'::regclass AND e.oid = f.object
    LEFT JOIN pg_catalog.pg_attribute AS a ON a.attrelid = e.adrelid AND a.attnum = e.adnum
    WHERE (f.class, f.object) <> (f.of_class, f.of_object)
        AND NOT coalesce(c.relkind = 't', FALSE)
        AND NOT coalesce(k.contype = 't', FALSE)
        AND NOT coalesce(t.tgisinternal OR t.tgparentid <> 0, FALSE)
        AND NOT (f.class = 'pg_catalog.pg_type'::regclass AND EXISTS (
            SELECT FROM parts AS p WHERE p.part_class = f.class AND p.part = f.object
        ))
)

SELECT
    of_class::bigint, of_object::bigint, class::bigint, object::bigint, kind,
    (SELECT i.type || ' ' || i.identity FROM pg_catalog.pg_identify_object(class, object, 0) AS i),
    CASE
        WHEN is_generated THEN 'a generated column is computed by it'
        WHEN kind IS NULL THEN 'that is not for a repeatable file to take down: it holds, or guards, data'
    END
FROM told
