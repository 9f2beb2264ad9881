-- Views, materialized views with their indexes, routines, triggers, policies and rules of some schemas, by address.
-- Reads only.
WITH places AS (
    SELECT n.oid, n.nspname FROM pg_catalog.pg_namespace AS n WHERE n.nspname = ANY(%(schemas)s)
),

objects (class, object) AS (
    SELECT 'pg_catalog.pg_class'::regclass::oid, c.oid
    FROM pg_catalog.pg_class AS c
    LEFT JOIN pg_catalog.pg_index AS i ON i.indexrelid = c.oid
    LEFT JOIN pg_catalog.pg_class AS o ON o.oid = i.indrelid
    WHERE c.relnamespace IN (SELECT p.oid FROM places AS p)
        AND (c.relkind IN ('v', 'm') OR (c.relkind = 'i' AND o.relkind = 'm'))
    UNION ALL
    SELECT 'pg_catalog.pg_proc'::regclass, r.oid
    FROM pg_catalog.pg_proc AS r
    WHERE r.pronamespace IN (SELECT p.oid FROM places AS p)
    UNION ALL
    SELECT h.class, h.object
    FROM (
        SELECT 'pg_catalog.pg_trigger'::regclass, t.oid, t.tgrelid FROM pg_catalog.pg_trigger AS t WHERE NOT t.tgisinternal
        UNION ALL
        SELECT 'pg_catalog.pg_policy'::regclass, y.oid, y.polrelid FROM pg_catalog.pg_policy AS y
        UNION ALL
        SELECT 'pg_catalog.pg_rewrite'::regclass, w.oid, w.ev_class FROM pg_catalog.pg_rewrite AS w
        WHERE w.rulename <> '_RETURN'
    ) AS h (class, object, relation)
    INNER JOIN pg_catalog.pg_class AS c ON c.oid = h.relation
    WHERE c.relnamespace IN (SELECT p.oid FROM places AS p)
)

SELECT o.class::bigint, o.object::bigint, a.type, a.object_names, a.object_args
FROM objects AS o
CROSS JOIN LATERAL pg_catalog.pg_identify_object_as_address(o.class, o.object, 0) AS a
