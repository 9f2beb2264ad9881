-- Of these schemas those in which something leans on what lies in another schema than its own and the shared one: they
-- are looked at more closely, one by one. What came with PostgreSQL or an extension is left out. Reads only.
WITH leaning AS (
    SELECT
        d.refclassid,
        d.refobjid,
        CASE d.classid
            WHEN 'pg_catalog.pg_class'::regclass THEN (
                SELECT c.relnamespace FROM pg_catalog.pg_class AS c WHERE c.oid = d.objid
            )
            WHEN 'pg_catalog.pg_constraint'::regclass THEN (
                SELECT k.connamespace FROM pg_catalog.pg_constraint AS k WHERE k.oid = d.objid
            )
            WHEN 'pg_catalog.pg_proc'::regclass THEN (
                SELECT p.pronamespace FROM pg_catalog.pg_proc AS p WHERE p.oid = d.objid
            )
            WHEN 'pg_catalog.pg_type'::regclass THEN (
                SELECT t.typnamespace FROM pg_catalog.pg_type AS t WHERE t.oid = d.objid
            )
            ELSE (
                SELECT c.relnamespace
                FROM pg_catalog.pg_class AS c
                WHERE c.oid = CASE d.classid
                    WHEN 'pg_catalog.pg_attrdef'::regclass THEN (
                        SELECT a.adrelid FROM pg_catalog.pg_attrdef AS a WHERE a.oid = d.objid
                    )
                    WHEN 'pg_catalog.pg_trigger'::regclass THEN (
                        SELECT g.tgrelid FROM pg_catalog.pg_trigger AS g WHERE g.oid = d.objid
                    )
                    WHEN 'pg_catalog.pg_policy'::regclass THEN (
                        SELECT y.polrelid FROM pg_catalog.pg_policy AS y WHERE y.oid = d.objid
                    )
                    WHEN 'pg_catalog.pg_rewrite'::regclass THEN (
                        SELECT w.ev_class FROM pg_catalog.pg_rewrite AS w WHERE w.oid = d.objid
                    )
                END
            )
        END AS place,
        CASE d.refclassid
            WHEN 'pg_catalog.pg_class'::regclass THEN (
                SELECT c.relnamespace FROM pg_catalog.pg_class AS c WHERE c.oid = d.refobjid
            )
            WHEN 'pg_catalog.pg_proc'::regclass THEN (
                SELECT p.pronamespace FROM pg_catalog.pg_proc AS p WHERE p.oid = d.refobjid
            )
            WHEN 'pg_catalog.pg_type'::regclass THEN (
                SELECT t.typnamespace FROM pg_catalog.pg_type AS t WHERE t.oid = d.refobjid
            )
        END AS ref_place,
        d.classid,
        d.objid
    FROM pg_catalog.pg_depend AS d
    WHERE d.deptype IN ('n', 'a') AND d.refobjid >= 16384 AND d.refclassid <> 'pg_catalog.pg_namespace'::regclass
)

SELECT DISTINCT n.nspname
FROM (
    -- What is of no such kind is asked by its name; there is little of it.
    SELECT
        coalesce(l.place, (
            SELECT o.oid
            FROM pg_catalog.pg_identify_object(l.classid, l.objid, 0) AS i
            INNER JOIN pg_catalog.pg_namespace AS o ON o.nspname = i.schema
        )) AS place,
        coalesce(l.ref_place, (
            SELECT o.oid
            FROM pg_catalog.pg_identify_object(l.refclassid, l.refobjid, 0) AS i
            INNER JOIN pg_catalog.pg_namespace AS o ON o.nspname = i.schema
        )) AS ref_place,
        l.refclassid,
        l.refobjid
    FROM leaning AS l
) AS l
INNER JOIN pg_catalog.pg_namespace AS n ON n.oid = l.place
WHERE n.nspname = ANY(%(schemas)s)
    AND l.ref_place IS DISTINCT FROM l.place
    AND l.ref_place IS DISTINCT FROM (SELECT s.oid FROM pg_catalog.pg_namespace AS s WHERE s.nspname = %(shared)s)
    AND NOT EXISTS (
        SELECT
        FROM pg_catalog.pg_depend AS e
        WHERE e.classid = l.refclassid AND e.objid = l.refobjid AND e.deptype = 'e'
    )
