-- What lies outside of one schema, each object with the address that the server knows it by: schemas, what belongs to
-- the whole database, what lies in other schemas, and what hangs on a table there. With `since` only what transactions
-- from that one on have written and this one sees; with 0 only what this one has written itself; with NULL what there
-- is of schemas and of the whole database, large objects left out, and what lies in the schemas of `places`. What is old
-- is left out where it is read, before anything is joined: beside thousands of installations that is nearly all.
-- Reads only.
WITH own AS (
    SELECT n.oid FROM pg_catalog.pg_namespace AS n WHERE n.nspname = %(schema)s
),

here AS (
    SELECT
        CASE WHEN %(since)s::bigint IS NULL THEN NULL ELSE pg_catalog.pg_current_xact_id()::text::bigint END AS top,
        pg_catalog.pg_snapshot_xmax(pg_catalog.pg_current_snapshot())::text::bigint AS beyond
),

found (classid, objid, place, relation, written) AS (
    SELECT 'pg_catalog.pg_namespace'::regclass::oid, o.oid, NULL::oid, NULL::name, o.xmin
    FROM pg_catalog.pg_namespace AS o
    UNION ALL
    SELECT 'pg_catalog.pg_extension'::regclass, o.oid, NULL, NULL, o.xmin FROM pg_catalog.pg_extension AS o
    UNION ALL
    SELECT 'pg_catalog.pg_publication'::regclass, o.oid, NULL, NULL, o.xmin FROM pg_catalog.pg_publication AS o
    UNION ALL
    SELECT 'pg_catalog.pg_event_trigger'::regclass, o.oid, NULL, NULL, o.xmin FROM pg_catalog.pg_event_trigger AS o
    UNION ALL
    SELECT 'pg_catalog.pg_foreign_data_wrapper'::regclass, o.oid, NULL, NULL, o.xmin
    FROM pg_catalog.pg_foreign_data_wrapper AS o
    UNION ALL
    SELECT 'pg_catalog.pg_foreign_server'::regclass, o.oid, NULL, NULL, o.xmin FROM pg_catalog.pg_foreign_server AS o
    UNION ALL
    SELECT 'pg_catalog.pg_language'::regclass, o.oid, NULL, NULL, o.xmin FROM pg_catalog.pg_language AS o
    UNION ALL
    SELECT 'pg_catalog.pg_cast'::regclass, o.oid, NULL, NULL, o.xmin FROM pg_catalog.pg_cast AS o
    UNION ALL
    SELECT 'pg_catalog.pg_transform'::regclass, o.oid, NULL, NULL, o.xmin FROM pg_catalog.pg_transform AS o
    UNION ALL
    SELECT 'pg_catalog.pg_am'::regclass, o.oid, NULL, NULL, o.xmin FROM pg_catalog.pg_am AS o
    UNION ALL
    SELECT 'pg_catalog.pg_default_acl'::regclass, o.oid, nullif(o.defaclnamespace, 0), NULL, o.xmin
    FROM pg_catalog.pg_default_acl AS o
    UNION ALL
    SELECT 'pg_catalog.pg_largeobject'::regclass, o.oid, NULL, NULL, o.xmin
    FROM pg_catalog.pg_largeobject_metadata AS o
    WHERE %(since)s::bigint IS NOT NULL OR o.oid = ANY(%(large_objects)s::oid [])
    UNION ALL
    -- User mappings hold passwords and are not for everybody to read; what they depend on is.
    SELECT d.classid, d.objid, NULL, NULL, d.xmin
    FROM pg_catalog.pg_depend AS d
    WHERE d.refclassid = 'pg_catalog.pg_foreign_server'::regclass
        AND d.classid = 'pg_catalog.pg_user_mapping'::regclass
    UNION ALL
    SELECT d.classid, d.objid, d.refobjid, NULL, d.xmin
    FROM pg_catalog.pg_depend AS d
    WHERE d.refclassid = 'pg_catalog.pg_namespace'::regclass AND d.deptype = 'n'
        AND (%(since)s::bigint IS DISTINCT FROM 0 OR pg_catalog.age(d.xmin) <= 0)
        AND (
            %(since)s::bigint IS NOT NULL
            OR d.refobjid IN (SELECT n.oid FROM pg_catalog.pg_namespace AS n WHERE n.nspname = ANY(%(places)s))
        )
    UNION ALL
    SELECT h.classid, h.objid, c.relnamespace, c.relname, h.written
    FROM (
        SELECT 'pg_catalog.pg_trigger'::regclass, t.oid, t.tgrelid, t.xmin
        FROM pg_catalog.pg_trigger AS t WHERE NOT t.tgisinternal
            AND (%(since)s::bigint IS DISTINCT FROM 0 OR pg_catalog.age(t.xmin) <= 0)
        UNION ALL
        SELECT 'pg_catalog.pg_policy'::regclass, p.oid, p.polrelid, p.xmin FROM pg_catalog.pg_policy AS p
        WHERE (%(since)s::bigint IS DISTINCT FROM 0 OR pg_catalog.age(p.xmin) <= 0)
        UNION ALL
        SELECT 'pg_catalog.pg_rewrite'::regclass, r.oid, r.ev_class, r.xmin
        FROM pg_catalog.pg_rewrite AS r WHERE r.rulename <> '_RETURN'
            AND (%(since)s::bigint IS DISTINCT FROM 0 OR pg_catalog.age(r.xmin) <= 0)
        UNION ALL
        SELECT 'pg_catalog.pg_constraint'::regclass, k.oid, k.conrelid, k.xmin
        FROM pg_catalog.pg_constraint AS k WHERE k.conrelid <> 0
            AND (%(since)s::bigint IS DISTINCT FROM 0 OR pg_catalog.age(k.xmin) <= 0)
        UNION ALL
        SELECT 'pg_catalog.pg_class'::regclass, i.indexrelid, i.indrelid, i.xmin FROM pg_catalog.pg_index AS i
        WHERE (%(since)s::bigint IS DISTINCT FROM 0 OR pg_catalog.age(i.xmin) <= 0)
    ) AS h (classid, objid, relation, written)
    INNER JOIN pg_catalog.pg_class AS c ON c.oid = h.relation
    WHERE %(since)s::bigint IS NOT NULL
        OR c.relnamespace IN (SELECT n.oid FROM pg_catalog.pg_namespace AS n WHERE n.nspname = ANY(%(places)s))
),

chosen AS MATERIALIZED (
    SELECT f.classid, f.objid, f.place, f.relation
    FROM here AS h
    CROSS JOIN found AS f
    CROSS JOIN LATERAL (SELECT (h.top >> 32 << 32) | f.written::text::bigint AS written) AS x
    -- Of a number that comes round again after four thousand million transactions only the newest are ours.
    WHERE (h.top IS NULL OR %(since)s <> 0 OR pg_catalog.age(f.written) <= 0)
        AND CASE
            WHEN h.top IS NULL THEN
                f.place IS NULL OR f.place IN (
                    SELECT n.oid FROM pg_catalog.pg_namespace AS n WHERE n.nspname = ANY(%(places)s)
                )
            WHEN %(since)s = 0 AND x.written BETWEEN h.top AND h.top + 16777216 THEN
                x.written >= h.beyond OR pg_catalog.pg_xact_status(x.written::text::xid8) = 'in progress'
            WHEN %(since)s = 0 THEN FALSE
            ELSE x.written BETWEEN %(since)s AND h.top
        END
)

SELECT DISTINCT f.classid::bigint, f.objid::bigint, p.nspname, a.type, a.object_names, a.object_args, f.relation
FROM chosen AS f
LEFT JOIN pg_catalog.pg_namespace AS p ON p.oid = f.place
CROSS JOIN LATERAL pg_catalog.pg_identify_object_as_address(f.classid, f.objid, 0) AS a
WHERE (f.objid >= 16384 OR f.classid = 'pg_catalog.pg_largeobject'::regclass)
    AND f.objid NOT IN (SELECT o.oid FROM own AS o)
    AND (f.place IS NULL OR f.place NOT IN (SELECT o.oid FROM own AS o))
    AND NOT EXISTS (
        SELECT FROM pg_catalog.pg_namespace AS t
        WHERE t.oid IN (f.place, f.objid) AND t.nspname ~ '^pg_(temp|toast)'
    )
    AND NOT EXISTS (
        SELECT FROM pg_catalog.pg_depend AS e
        WHERE e.classid = f.classid AND e.objid = f.objid AND e.deptype IN ('e', 'P')
    )
UNION ALL
-- What is said of the database itself: its comment, its settings, its privileges.
SELECT 'pg_catalog.pg_database'::regclass::oid::bigint, b.oid::bigint, NULL, 'database', '{}', '{}', NULL
FROM here AS h
CROSS JOIN pg_catalog.pg_database AS b
WHERE b.datname = pg_catalog.current_database()
    AND (
        h.top IS NULL OR EXISTS (
            SELECT
            FROM (
                SELECT d.xmin
                FROM pg_catalog.pg_shdescription AS d
                WHERE d.objoid = b.oid AND d.classoid = 'pg_catalog.pg_database'::regclass
                UNION ALL
                SELECT s.xmin FROM pg_catalog.pg_db_role_setting AS s WHERE s.setdatabase = b.oid
                UNION ALL
                SELECT b.xmin
            ) AS s (written)
            CROSS JOIN LATERAL (SELECT (h.top >> 32 << 32) | s.written::text::bigint AS written) AS x
            WHERE CASE
                WHEN %(since)s = 0 AND x.written BETWEEN h.top AND h.top + 16777216 THEN
                    x.written >= h.beyond OR pg_catalog.pg_xact_status(x.written::text::xid8) = 'in progress'
                WHEN %(since)s = 0 THEN FALSE
                ELSE x.written BETWEEN %(since)s AND h.top
            END
        )
    )
