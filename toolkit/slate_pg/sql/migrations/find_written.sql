-- The transactions, this one or newer, that have written anything outside of one schema, of the kinds that find_elsewhere.sql
-- tells: nearly always this one has not, and then that need not be asked. Rows are told by their transaction alone, in one
-- pass over each catalog. Reads only.
WITH own AS (
    SELECT n.oid FROM pg_catalog.pg_namespace AS n WHERE n.nspname = %(schema)s
),

written (by) AS (
    SELECT o.xmin
    FROM pg_catalog.pg_namespace AS o
    WHERE pg_catalog.age(o.xmin) <= 0
    UNION ALL
    SELECT o.xmin
    FROM pg_catalog.pg_extension AS o
    WHERE pg_catalog.age(o.xmin) <= 0
    UNION ALL
    SELECT o.xmin
    FROM pg_catalog.pg_publication AS o
    WHERE pg_catalog.age(o.xmin) <= 0
    UNION ALL
    SELECT o.xmin
    FROM pg_catalog.pg_event_trigger AS o
    WHERE pg_catalog.age(o.xmin) <= 0
    UNION ALL
    SELECT o.xmin
    FROM pg_catalog.pg_foreign_data_wrapper AS o
    WHERE pg_catalog.age(o.xmin) <= 0
    UNION ALL
    SELECT o.xmin
    FROM pg_catalog.pg_foreign_server AS o
    WHERE pg_catalog.age(o.xmin) <= 0
    UNION ALL
    SELECT o.xmin
    FROM pg_catalog.pg_language AS o
    WHERE pg_catalog.age(o.xmin) <= 0
    UNION ALL
    SELECT o.xmin
    FROM pg_catalog.pg_cast AS o
    WHERE pg_catalog.age(o.xmin) <= 0
    UNION ALL
    SELECT o.xmin
    FROM pg_catalog.pg_transform AS o
    WHERE pg_catalog.age(o.xmin) <= 0
    UNION ALL
    SELECT o.xmin
    FROM pg_catalog.pg_am AS o
    WHERE pg_catalog.age(o.xmin) <= 0
    UNION ALL
    SELECT o.xmin
    FROM pg_catalog.pg_default_acl AS o
    WHERE pg_catalog.age(o.xmin) <= 0
    UNION ALL
    SELECT o.xmin
    FROM pg_catalog.pg_largeobject_metadata AS o
    WHERE pg_catalog.age(o.xmin) <= 0
    UNION ALL
    SELECT d.xmin
    FROM pg_catalog.pg_depend AS d
    WHERE d.refclassid = ANY(ARRAY['pg_catalog.pg_namespace', 'pg_catalog.pg_foreign_server']::regclass [])
        AND pg_catalog.age(d.xmin) <= 0
        AND d.refobjid <> ALL(ARRAY(SELECT o.oid FROM own AS o))
    UNION ALL
    SELECT h.by
    FROM (
        SELECT t.tgrelid, t.xmin
        FROM pg_catalog.pg_trigger AS t
        WHERE pg_catalog.age(t.xmin) <= 0 AND NOT t.tgisinternal
        UNION ALL
        SELECT p.polrelid, p.xmin
        FROM pg_catalog.pg_policy AS p
        WHERE pg_catalog.age(p.xmin) <= 0
        UNION ALL
        SELECT r.ev_class, r.xmin
        FROM pg_catalog.pg_rewrite AS r
        WHERE pg_catalog.age(r.xmin) <= 0 AND r.rulename <> '_RETURN'
        UNION ALL
        SELECT k.conrelid, k.xmin
        FROM pg_catalog.pg_constraint AS k
        WHERE pg_catalog.age(k.xmin) <= 0 AND k.conrelid <> 0
        UNION ALL
        SELECT i.indrelid, i.xmin
        FROM pg_catalog.pg_index AS i
        WHERE pg_catalog.age(i.xmin) <= 0
    ) AS h (relation, by)
    -- Few are left by now: each is looked up by its number.
    WHERE (SELECT c.relnamespace FROM pg_catalog.pg_class AS c WHERE c.oid = h.relation)
        <> ALL(ARRAY(SELECT o.oid FROM own AS o))
    UNION ALL
    -- What is said of the database itself.
    SELECT b.xmin
    FROM pg_catalog.pg_database AS b
    WHERE b.datname = pg_catalog.current_database() AND pg_catalog.age(b.xmin) <= 0
    UNION ALL
    SELECT d.xmin
    FROM pg_catalog.pg_shdescription AS d
    WHERE d.classoid = 'pg_catalog.pg_database'::regclass AND pg_catalog.age(d.xmin) <= 0
    UNION ALL
    SELECT s.xmin
    FROM pg_catalog.pg_db_role_setting AS s
    WHERE s.setdatabase <> 0 AND pg_catalog.age(s.xmin) <= 0
)

SELECT DISTINCT w.by::text
FROM written AS w
