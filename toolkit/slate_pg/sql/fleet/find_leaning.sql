-- What would go with these schemas, and with single objects of others' schemas in `made`, and lies in none of them: kind,
-- address, how it is called, and for an index the schema and table it is on. Followed by what depends on what, as
-- DROP … CASCADE does. What came with an extension goes with that, and what only carries out another object (triggers of a
-- foreign key, TOAST, row types) is no object of anybody's own. Reads only.
WITH RECURSIVE seeds AS (
    SELECT 'pg_catalog.pg_namespace'::regclass::oid AS classid, n.oid AS objid, 0 AS objsubid
    FROM pg_catalog.pg_namespace AS n
    WHERE n.nspname = ANY(%(schemas)s)
    UNION ALL
    SELECT a.classid, a.objid, a.objsubid
    FROM jsonb_array_elements(%(made)s::jsonb) AS m (one)
    CROSS JOIN LATERAL pg_catalog.pg_get_object_address(
        m.one ->> 0,
        ARRAY(SELECT jsonb_array_elements_text(m.one -> 1)),
        ARRAY(SELECT jsonb_array_elements_text(m.one -> 2))
    ) AS a
),

gone (classid, objid, objsubid) AS (
    SELECT s.classid, s.objid, s.objsubid FROM seeds AS s
    UNION
    SELECT d.classid, d.objid, d.objsubid
    FROM gone AS g
    INNER JOIN pg_catalog.pg_depend AS d
        ON d.refclassid = g.classid AND d.refobjid = g.objid AND (g.objsubid = 0 OR d.refobjsubid = g.objsubid)
),

known AS (
    SELECT
        a.type,
        a.object_names,
        a.object_args,
        i.identity,
        ARRAY[b.nspname, t.relname]::text [] AS table_names,
        coalesce(
            n.nspname,
            CASE
                WHEN a.type IN (
                    'default acl', 'operator class', 'operator family', 'operator of access method',
                    'function of access method'
                ) THEN a.object_names[2]
                ELSE a.object_names[1]
            END
        ) AS place
    FROM gone AS g
    LEFT JOIN pg_catalog.pg_constraint AS c ON g.classid = 'pg_catalog.pg_constraint'::regclass AND c.oid = g.objid
    LEFT JOIN pg_catalog.pg_type AS y ON g.classid = 'pg_catalog.pg_type'::regclass AND y.oid = g.objid
    LEFT JOIN pg_catalog.pg_namespace AS n ON n.oid IN (c.connamespace, y.typnamespace)
    LEFT JOIN pg_catalog.pg_index AS x ON g.classid = 'pg_catalog.pg_class'::regclass AND x.indexrelid = g.objid
    LEFT JOIN pg_catalog.pg_class AS t ON t.oid = x.indrelid
    LEFT JOIN pg_catalog.pg_namespace AS b ON b.oid = t.relnamespace
    CROSS JOIN LATERAL pg_catalog.pg_identify_object_as_address(g.classid, g.objid, g.objsubid) AS a
    CROSS JOIN LATERAL pg_catalog.pg_identify_object(g.classid, g.objid, g.objsubid) AS i
    WHERE NOT EXISTS (
        SELECT FROM pg_catalog.pg_trigger AS r
        WHERE g.classid = 'pg_catalog.pg_trigger'::regclass AND r.oid = g.objid AND r.tgisinternal
    )
    AND NOT EXISTS (
        SELECT FROM pg_catalog.pg_depend AS e
        WHERE e.classid = g.classid AND e.objid = g.objid
            AND (
                e.deptype = 'e'
                OR e.deptype = 'i' AND e.classid IN ('pg_catalog.pg_class'::regclass, 'pg_catalog.pg_type'::regclass)
            )
    )
)

SELECT k.type, k.object_names, k.object_args, k.identity, k.table_names
FROM known AS k
WHERE (k.place <> ALL(%(schemas)s) OR k.type IN ('publication relation', 'publication namespace'))
    AND k.place <> 'pg_toast' AND k.type <> 'schema'
ORDER BY k.type, k.identity
