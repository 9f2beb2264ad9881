-- The transactions, this one or newer, that have written anything outside of one schema, of the kinds that find_elsewhere.sql
-- tells: nearly always this one has not, and then that need not be asked. Rows are told by their transaction alone, in one
-- pass over each catalog. Reads only.
WITH own AS (
    SELECT n.oid FROM pg_catalog.pg_namespace AS n WHERE n.nspname = %(schema)s
),

locked AS MATERIALIZED (
    SELECT l.relation, l.mode
    FROM pg_catalog.pg_locks AS l
    WHERE l.pid = pg_catalog.pg_backend_pid() AND l.locktype = 'relation'
        AND l.database = (SELECT b.oid FROM pg_catalog.pg_database AS b WHERE b.datname = pg_catalog.current_database())
),

elsewhere AS MATERIALIZED (
    SELECT c.oid
    FROM pg_catalog.pg_class AS c
    WHERE c.oid = ANY(ARRAY(SELECT l.relation FROM locked AS l))
        AND c.relnamespace <> ALL(ARRAY(SELECT o.oid FROM own AS o))
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
    -- What hangs on a table was made under a lock on it, or on the index, which lasts as long as the transaction; these
    -- are indexed by their table.
    SELECT t.xmin
    FROM pg_catalog.pg_trigger AS t
    WHERE t.tgrelid = ANY(ARRAY(SELECT e.oid FROM elsewhere AS e))
        AND NOT t.tgisinternal AND pg_catalog.age(t.xmin) <= 0
    UNION ALL
    SELECT p.xmin
    FROM pg_catalog.pg_policy AS p
    WHERE p.polrelid = ANY(ARRAY(SELECT e.oid FROM elsewhere AS e)) AND pg_catalog.age(p.xmin) <= 0
    UNION ALL
    SELECT r.xmin
    FROM pg_catalog.pg_rewrite AS r
    WHERE r.ev_class = ANY(ARRAY(SELECT e.oid FROM elsewhere AS e))
        AND r.rulename <> '_RETURN' AND pg_catalog.age(r.xmin) <= 0
    UNION ALL
    SELECT k.xmin
    FROM pg_catalog.pg_constraint AS k
    WHERE k.conrelid = ANY(ARRAY(SELECT e.oid FROM elsewhere AS e)) AND pg_catalog.age(k.xmin) <= 0
    UNION ALL
    SELECT i.xmin
    FROM pg_catalog.pg_index AS i
    WHERE i.indrelid = ANY(ARRAY(SELECT e.oid FROM elsewhere AS e)) AND pg_catalog.age(i.xmin) <= 0
    UNION ALL
    SELECT i.xmin
    FROM pg_catalog.pg_index AS i
    WHERE i.indexrelid = ANY(ARRAY(SELECT e.oid FROM elsewhere AS e)) AND pg_catalog.age(i.xmin) <= 0
    UNION ALL
    -- Who writes to a catalog by hand locks nothing but the catalog, and that to the end, as no other statement does.
    SELECT pg_catalog.pg_current_xact_id()::xid
    FROM locked AS l
    WHERE l.mode = 'RowExclusiveLock'
        AND l.relation = ANY(
            ARRAY[
                'pg_catalog.pg_trigger', 'pg_catalog.pg_policy', 'pg_catalog.pg_rewrite', 'pg_catalog.pg_constraint',
                'pg_catalog.pg_index'
            ]::regclass []
        )
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
