-- Every table, materialized view and sequence: schema, name, rows, bytes with indexes, bytes without, rows known or
-- guessed from the size, bytes of indexes, and the oldest transaction using it. Reads only.
WITH sizes AS (
    SELECT
        c.oid,
        c.reltuples,
        c.relpages,
        -- To measure a relation is to lock it as a reader does: one that is locked exclusively has its last known size.
        CASE WHEN x.oid IS NULL THEN pg_catalog.pg_relation_size(c.oid) ELSE c.relpages * 8192::bigint END AS heap,
        CASE WHEN x.oid IS NULL THEN pg_catalog.pg_total_relation_size(c.oid) ELSE c.relpages * 8192::bigint END AS total,
        CASE WHEN x.oid IS NULL THEN pg_catalog.pg_indexes_size(c.oid) ELSE 0 END AS indexes
    FROM pg_catalog.pg_class AS c
    INNER JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    LEFT JOIN (
        SELECT DISTINCT l.relation AS oid
        FROM pg_catalog.pg_locks AS l
        INNER JOIN pg_catalog.pg_database AS d ON d.oid = l.database
        WHERE l.mode = 'AccessExclusiveLock' AND d.datname = current_database()
    ) AS x ON x.oid = c.oid
    WHERE c.relkind IN ('r', 'm', 'S') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
),

counted AS (
    -- As the planner does: rows to a page as when last counted, else from the width of a row; times today's pages.
    SELECT
        s.*,
        s.reltuples >= 0 AND (s.relpages > 0 OR s.heap = 0) AS known,
        CASE
            WHEN s.heap = 0 THEN 0
            WHEN s.reltuples >= 0 AND s.relpages > 0 THEN s.reltuples / s.relpages * (s.heap / 8192)
            ELSE s.heap / 8192 * (8168 / (28 + (
                SELECT coalesce(sum(CASE
                    WHEN w.avg_width IS NOT NULL THEN w.avg_width
                    WHEN a.attlen > 0 THEN a.attlen
                    WHEN a.atttypmod BETWEEN 5 AND 64 THEN a.atttypmod - 4
                    ELSE 16
                END), 8)
                FROM pg_catalog.pg_attribute AS a
                INNER JOIN pg_catalog.pg_class AS c ON c.oid = a.attrelid
                INNER JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
                LEFT JOIN pg_catalog.pg_stats AS w
                    ON w.schemaname = n.nspname AND w.tablename = c.relname AND w.attname = a.attname AND NOT w.inherited
                WHERE a.attrelid = s.oid AND a.attnum > 0 AND NOT a.attisdropped
            )))
        END AS live
    FROM sizes AS s
),

trees AS (
    SELECT t.root, s.*
    FROM counted AS s
    INNER JOIN LATERAL (
        SELECT s.oid AS root
        UNION ALL
        SELECT p.relid::oid FROM pg_catalog.pg_partition_ancestors(s.oid) AS p WHERE p.relid <> s.oid
    ) AS t ON TRUE
)

SELECT
    n.nspname,
    c.relname,
    coalesce(sum(t.live), 0)::bigint,
    coalesce(sum(t.total), 0)::bigint,
    (
        SELECT extract(epoch FROM clock_timestamp() - min(a.xact_start))::float8
        FROM pg_catalog.pg_locks AS l
        INNER JOIN pg_catalog.pg_stat_activity AS a ON a.pid = l.pid
        WHERE l.relation = c.oid AND a.pid <> pg_backend_pid()
    ),
    coalesce(sum(t.heap), 0)::bigint,
    coalesce(bool_and(t.known), TRUE),
    coalesce(sum(t.indexes), 0)::bigint
FROM pg_catalog.pg_class AS c
INNER JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
LEFT JOIN trees AS t ON t.root = c.oid
WHERE c.relkind IN ('r', 'p', 'm', 'S') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
GROUP BY c.oid, n.nspname, c.relname
