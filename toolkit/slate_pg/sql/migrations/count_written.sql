-- What this transaction has written to catalogs, as the server counts it for its statistics, and what it holds: rows for
-- what is the whole database's own or hangs on that; rows entered, and rows changed, for what lies in schemas, relations
-- and types left out; types entered; types changed; what depends on what changed or taken away; the relations with a type
-- that are new in one schema; and whether it holds more than a writer of rows does on a relation elsewhere, or what one
-- holds on a catalog. No row where the server does not count. What was counted before it began and not handed over yet
-- is in it too. However many installations there are, and however much one has, this reads what the transaction holds:
-- who makes a relation holds it to the end, and one that was not found by that would only have more be asked. Reads only.
WITH held AS MATERIALIZED (
    SELECT l.relation, l.mode
    FROM pg_catalog.pg_locks AS l
    WHERE l.locktype = 'relation' AND l.pid = pg_catalog.pg_backend_pid()
        AND l.mode <> ALL(ARRAY['AccessShareLock', 'RowShareLock'])
)

SELECT
    (
        SELECT sum(pg_catalog.pg_stat_get_xact_tuples_inserted(o.c) + pg_catalog.pg_stat_get_xact_tuples_updated(o.c))
        FROM pg_catalog.unnest(
            ARRAY[
                'pg_catalog.pg_namespace', 'pg_catalog.pg_extension', 'pg_catalog.pg_publication',
                'pg_catalog.pg_publication_namespace', 'pg_catalog.pg_event_trigger',
                'pg_catalog.pg_foreign_data_wrapper', 'pg_catalog.pg_foreign_server', 'pg_catalog.pg_user_mapping',
                'pg_catalog.pg_foreign_table', 'pg_catalog.pg_language', 'pg_catalog.pg_cast',
                'pg_catalog.pg_transform', 'pg_catalog.pg_am', 'pg_catalog.pg_default_acl',
                'pg_catalog.pg_largeobject_metadata', 'pg_catalog.pg_database', 'pg_catalog.pg_shdescription',
                'pg_catalog.pg_db_role_setting'
            ]::regclass []
        ) AS o (c)
    )::integer,
    placed.entered,
    placed.changed,
    pg_catalog.pg_stat_get_xact_tuples_inserted('pg_catalog.pg_type'::regclass),
    pg_catalog.pg_stat_get_xact_tuples_updated('pg_catalog.pg_type'::regclass),
    pg_catalog.pg_stat_get_xact_tuples_updated('pg_catalog.pg_depend'::regclass)
    + pg_catalog.pg_stat_get_xact_tuples_deleted('pg_catalog.pg_depend'::regclass),
    (
        SELECT count(*)
        FROM held AS l
        INNER JOIN pg_catalog.pg_class AS c ON c.oid = l.relation AND c.reltype <> 0
        INNER JOIN pg_catalog.pg_depend AS d ON d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid
        WHERE l.mode = 'AccessExclusiveLock' AND d.refclassid = 'pg_catalog.pg_namespace'::regclass
            AND d.refobjid = own.oid AND pg_catalog.age(d.xmin) <= 0
    ),
    EXISTS (
        SELECT
        FROM held AS l
        WHERE
            CASE
                -- Who writes to a catalog by hand holds that to the end; of these no other statement does.
                WHEN l.mode = 'RowExclusiveLock' THEN l.relation = ANY(
                    ARRAY[
                        'pg_catalog.pg_depend', 'pg_catalog.pg_class', 'pg_catalog.pg_trigger', 'pg_catalog.pg_policy',
                        'pg_catalog.pg_rewrite', 'pg_catalog.pg_constraint', 'pg_catalog.pg_index'
                    ]::regclass []
                )
                ELSE (SELECT c.relnamespace FROM pg_catalog.pg_class AS c WHERE c.oid = l.relation)
                    <> ALL(ARRAY[own.oid, 'pg_toast'::regnamespace])
            END
    )
FROM pg_catalog.pg_namespace AS own
CROSS JOIN (
    SELECT
        sum(pg_catalog.pg_stat_get_xact_tuples_inserted(o.c))::integer AS entered,
        sum(pg_catalog.pg_stat_get_xact_tuples_updated(o.c))::integer AS changed
    FROM pg_catalog.unnest(
        ARRAY[
            'pg_catalog.pg_proc', 'pg_catalog.pg_operator', 'pg_catalog.pg_opclass', 'pg_catalog.pg_opfamily',
            'pg_catalog.pg_collation', 'pg_catalog.pg_conversion', 'pg_catalog.pg_ts_parser', 'pg_catalog.pg_ts_dict',
            'pg_catalog.pg_ts_template', 'pg_catalog.pg_ts_config', 'pg_catalog.pg_statistic_ext'
        ]::regclass []
    ) AS o (c)
) AS placed
WHERE own.nspname = %(schema)s AND pg_catalog.current_setting('track_counts')::boolean
