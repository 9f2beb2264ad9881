-- What changed in the catalog since a transaction, told by the versions of its rows; with `every` all that people made.
-- A line for each catalog: how many rows there are, and of those that are new or rewritten the key, the object that has
-- it, and the unit that is read as a whole: a relation with all that hangs on it, a function (plus 2^32), a type (plus
-- 2^33), or 0 where nothing less than the whole catalog will do. A catalog without units counts whatever could change.
-- Who is no superuser cannot change what PostgreSQL came with, and looks past it: that is what `own` is for.
-- Reads only.
WITH horizon (age) AS MATERIALIZED (SELECT CASE WHEN %(every)s THEN -1 ELSE age(%(since)s::xid) END)

SELECT
    'since' AS catalog,
    -- What a transaction has written and takes back leaves no newer version behind: nothing can be told from there.
    CASE
        WHEN pg_current_xact_id_if_assigned() IS NULL THEN pg_snapshot_xmin(pg_current_snapshot())::text::bigint
        ELSE 0
    END AS count,
    NULL::bigint [] AS rows
UNION ALL
SELECT
    'pg_class',
    count(*) FILTER (WHERE c.oid >= 16384),
    array_agg(ARRAY[
        c.oid::bigint,
        c.oid::bigint,
        CASE
            WHEN c.relname ~ '^_(yoyo|slate)_' OR c.relname ~ '^yoyo_lock' THEN 0 -- the ledger, which is left out
            WHEN c.relkind IN ('i', 'I') THEN (
                SELECT i.indrelid::bigint FROM pg_catalog.pg_index AS i WHERE i.indexrelid = c.oid
            )
            WHEN c.relkind = 't' THEN (
                SELECT d.refobjid::bigint
                FROM pg_catalog.pg_depend AS d
                WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid
                    AND d.refclassid = 'pg_catalog.pg_class'::regclass
            )
            ELSE c.oid::bigint
        END
    ]) FILTER (WHERE age(c.xmin) <= (SELECT h.age FROM horizon AS h) OR (%(every)s AND c.oid >= 16384))
FROM pg_catalog.pg_class AS c
WHERE c.oid >= 16384 -- own
UNION ALL
SELECT
    'pg_attrdef',
    count(*) FILTER (WHERE d.oid >= 16384),
    array_agg(ARRAY[
        d.oid::bigint,
        d.oid::bigint,
        d.adrelid::bigint
    ]) FILTER (WHERE age(d.xmin) <= (SELECT h.age FROM horizon AS h) OR (%(every)s AND d.oid >= 16384))
FROM pg_catalog.pg_attrdef AS d
UNION ALL
SELECT
    'pg_constraint',
    count(*) FILTER (WHERE k.oid >= 16384),
    array_agg(ARRAY[
        k.oid::bigint,
        k.oid::bigint,
        CASE
            WHEN k.conrelid <> 0 THEN k.conrelid::bigint
            WHEN k.contypid <> 0 THEN k.contypid::bigint + 8589934592
            ELSE 0
        END
    ]) FILTER (WHERE age(k.xmin) <= (SELECT h.age FROM horizon AS h) OR (%(every)s AND k.oid >= 16384))
FROM pg_catalog.pg_constraint AS k
WHERE k.oid >= 16384 -- own
UNION ALL
SELECT
    'pg_index',
    count(*) FILTER (WHERE i.indexrelid >= 16384),
    array_agg(ARRAY[
        i.indexrelid::bigint,
        i.indexrelid::bigint,
        i.indrelid::bigint
    ]) FILTER (WHERE age(i.xmin) <= (SELECT h.age FROM horizon AS h) OR (%(every)s AND i.indexrelid >= 16384))
FROM pg_catalog.pg_index AS i
WHERE i.indexrelid >= 16384 -- own
UNION ALL
SELECT
    'pg_inherits',
    count(*) FILTER (WHERE i.inhrelid >= 16384),
    array_agg(ARRAY[
        (i.inhrelid::bigint << 16) + i.inhseqno,
        i.inhrelid::bigint,
        i.inhrelid::bigint
    ]) FILTER (WHERE age(i.xmin) <= (SELECT h.age FROM horizon AS h) OR (%(every)s AND i.inhrelid >= 16384))
FROM pg_catalog.pg_inherits AS i
UNION ALL
SELECT
    'pg_trigger',
    count(*) FILTER (WHERE t.oid >= 16384),
    array_agg(ARRAY[
        t.oid::bigint,
        t.oid::bigint,
        t.tgrelid::bigint
    ]) FILTER (WHERE age(t.xmin) <= (SELECT h.age FROM horizon AS h) OR (%(every)s AND t.oid >= 16384))
FROM pg_catalog.pg_trigger AS t
UNION ALL
SELECT
    'pg_policy',
    count(*) FILTER (WHERE p.oid >= 16384),
    array_agg(ARRAY[
        p.oid::bigint,
        p.oid::bigint,
        p.polrelid::bigint
    ]) FILTER (WHERE age(p.xmin) <= (SELECT h.age FROM horizon AS h) OR (%(every)s AND p.oid >= 16384))
FROM pg_catalog.pg_policy AS p
UNION ALL
SELECT
    'pg_rewrite',
    count(*) FILTER (WHERE r.oid >= 16384),
    array_agg(ARRAY[
        r.oid::bigint,
        r.oid::bigint,
        r.ev_class::bigint
    ]) FILTER (WHERE age(r.xmin) <= (SELECT h.age FROM horizon AS h) OR (%(every)s AND r.oid >= 16384))
FROM pg_catalog.pg_rewrite AS r
WHERE r.oid >= 16384 -- own
UNION ALL
SELECT
    'pg_sequence',
    count(*) FILTER (WHERE s.seqrelid >= 16384),
    array_agg(ARRAY[
        s.seqrelid::bigint,
        s.seqrelid::bigint,
        s.seqrelid::bigint
    ]) FILTER (WHERE age(s.xmin) <= (SELECT h.age FROM horizon AS h) OR (%(every)s AND s.seqrelid >= 16384))
FROM pg_catalog.pg_sequence AS s
UNION ALL
SELECT
    'pg_partitioned_table',
    count(*) FILTER (WHERE p.partrelid >= 16384),
    array_agg(ARRAY[
        p.partrelid::bigint,
        p.partrelid::bigint,
        p.partrelid::bigint
    ]) FILTER (WHERE age(p.xmin) <= (SELECT h.age FROM horizon AS h) OR (%(every)s AND p.partrelid >= 16384))
FROM pg_catalog.pg_partitioned_table AS p
UNION ALL
SELECT
    'pg_foreign_table',
    count(*) FILTER (WHERE f.ftrelid >= 16384),
    array_agg(ARRAY[
        f.ftrelid::bigint,
        f.ftrelid::bigint,
        f.ftrelid::bigint
    ]) FILTER (WHERE age(f.xmin) <= (SELECT h.age FROM horizon AS h) OR (%(every)s AND f.ftrelid >= 16384))
FROM pg_catalog.pg_foreign_table AS f
UNION ALL
SELECT
    'pg_proc',
    count(*) FILTER (WHERE p.oid >= 16384),
    array_agg(ARRAY[
        p.oid::bigint,
        p.oid::bigint,
        CASE WHEN p.pronamespace = 'pg_catalog'::regnamespace THEN 0 ELSE p.oid::bigint + 4294967296 END
    ]) FILTER (WHERE age(p.xmin) <= (SELECT h.age FROM horizon AS h) OR (%(every)s AND p.oid >= 16384))
FROM pg_catalog.pg_proc AS p
WHERE p.oid >= 16384 -- own
UNION ALL
SELECT
    'pg_aggregate',
    count(*) FILTER (WHERE a.aggfnoid::oid >= 16384),
    array_agg(ARRAY[
        a.aggfnoid::oid::bigint,
        a.aggfnoid::oid::bigint,
        a.aggfnoid::oid::bigint + 4294967296
    ]) FILTER (WHERE age(a.xmin) <= (SELECT h.age FROM horizon AS h) OR (%(every)s AND a.aggfnoid::oid >= 16384))
FROM pg_catalog.pg_aggregate AS a
WHERE a.aggfnoid >= 16384 -- own
UNION ALL
SELECT
    'pg_type',
    count(*) FILTER (WHERE t.oid >= 16384),
    array_agg(ARRAY[
        t.oid::bigint,
        t.oid::bigint,
        CASE
            WHEN t.typrelid <> 0 AND (SELECT c.relkind <> 'c' FROM pg_catalog.pg_class AS c WHERE c.oid = t.typrelid)
                THEN t.typrelid::bigint
            WHEN t.typtype = 'b' AND t.typelem <> 0 AND t.typsubscript = 'array_subscript_handler'::regproc THEN NULL
            WHEN t.typtype IN ('b', 'm', 'p', 'r') THEN 0
            ELSE t.oid::bigint + 8589934592
        END
    ]) FILTER (WHERE age(t.xmin) <= (SELECT h.age FROM horizon AS h) OR (%(every)s AND t.oid >= 16384))
FROM pg_catalog.pg_type AS t
WHERE t.oid >= 16384 -- own
UNION ALL
SELECT
    'pg_enum',
    count(*) FILTER (WHERE e.oid >= 16384),
    array_agg(ARRAY[
        e.oid::bigint,
        e.enumtypid::bigint,
        e.enumtypid::bigint + 8589934592
    ]) FILTER (WHERE age(e.xmin) <= (SELECT h.age FROM horizon AS h) OR (%(every)s AND e.oid >= 16384))
FROM pg_catalog.pg_enum AS e
UNION ALL
-- Those that PostgreSQL came with are many more, and nobody reads them. Of schemas the system's too: public is one.
SELECT
    'pg_description',
    count(*),
    array_agg(ARRAY[
        (d.objoid::bigint << 25) + (d.classoid::bigint << 11) + d.objsubid,
        d.objoid::bigint,
        NULL::bigint
    ]) FILTER (WHERE %(every)s OR age(d.xmin) <= (SELECT h.age FROM horizon AS h))
FROM (
    SELECT x.objoid, x.classoid, x.objsubid, x.xmin
    FROM pg_catalog.pg_description AS x
    WHERE x.objoid >= 16384
    UNION ALL
    SELECT x.objoid, x.classoid, x.objsubid, x.xmin
    FROM pg_catalog.pg_namespace AS n
    INNER JOIN pg_catalog.pg_description AS x
        ON x.objoid = n.oid AND x.classoid = 'pg_catalog.pg_namespace'::regclass
    WHERE n.oid < 16384
) AS d
UNION ALL
-- Its rows are never deleted but with those of pg_class.
SELECT 'pg_attribute', NULL, array_agg(DISTINCT ARRAY[a.attrelid::bigint, a.attrelid::bigint, a.attrelid::bigint])
FROM pg_catalog.pg_attribute AS a
WHERE age(a.xmin) <= (SELECT h.age FROM horizon AS h)
    AND a.attrelid >= 16384 -- own
UNION ALL
-- Who owns a sequence: the column is nowhere else.
SELECT
    'owned',
    count(*),
    array_agg(ARRAY[(d.objid::bigint << 12) + d.refobjsubid, d.objid::bigint, d.objid::bigint]) FILTER (
        WHERE %(every)s OR age(d.xmin) <= (SELECT h.age FROM horizon AS h)
    )
FROM pg_catalog.pg_sequence AS s
INNER JOIN pg_catalog.pg_depend AS d
    ON d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = s.seqrelid AND d.objsubid = 0
    AND d.refclassid = 'pg_catalog.pg_class'::regclass AND d.refobjsubid > 0 AND d.deptype IN ('a', 'i')
UNION ALL
SELECT
    'members of extensions',
    count(*),
    array_agg('{0,0,0}'::bigint []) FILTER (WHERE age(d.xmin) <= (SELECT h.age FROM horizon AS h))
FROM pg_catalog.pg_depend AS d
WHERE d.refclassid = 'pg_catalog.pg_extension'::regclass
UNION ALL
SELECT
    'unmodelled',
    count(*),
    array_agg('{0,0,0}'::bigint []) FILTER (WHERE age(d.xmin) <= (SELECT h.age FROM horizon AS h))
FROM pg_catalog.pg_depend AS d
WHERE d.refclassid = 'pg_catalog.pg_namespace'::regclass AND d.classid <> ALL(ARRAY[
    'pg_class', 'pg_proc', 'pg_type', 'pg_constraint', 'pg_operator', 'pg_opclass', 'pg_opfamily', 'pg_collation',
    'pg_conversion', 'pg_statistic_ext', 'pg_ts_config', 'pg_ts_dict', 'pg_ts_parser', 'pg_ts_template',
    'pg_extension', 'pg_publication_namespace', 'pg_default_acl'
]::regclass [])
UNION ALL
-- Whatever else the catalog is made of: one row more, less or otherwise, and all of it is read.
SELECT
    'others',
    count(*),
    array_agg('{0,0,0}'::bigint []) FILTER (WHERE age(o.xmin) <= (SELECT h.age FROM horizon AS h))
FROM (
    SELECT x.xmin FROM pg_catalog.pg_namespace AS x
    UNION ALL
    SELECT x.xmin FROM pg_catalog.pg_default_acl AS x
    UNION ALL
    SELECT x.xmin FROM pg_catalog.pg_extension AS x
    UNION ALL
    SELECT x.xmin FROM pg_catalog.pg_publication AS x
    UNION ALL
    SELECT x.xmin FROM pg_catalog.pg_publication_rel AS x
    UNION ALL
    SELECT x.xmin FROM pg_catalog.pg_publication_namespace AS x
    UNION ALL
    SELECT x.xmin FROM pg_catalog.pg_language AS x
    UNION ALL
    SELECT x.xmin FROM pg_catalog.pg_cast AS x
    WHERE x.oid >= 16384 -- own
    UNION ALL
    SELECT x.xmin FROM pg_catalog.pg_operator AS x
    WHERE x.oid >= 16384 -- own
    UNION ALL
    SELECT x.xmin FROM pg_catalog.pg_opclass AS x
    WHERE x.oid >= 16384 -- own
    UNION ALL
    SELECT x.xmin FROM pg_catalog.pg_opfamily AS x
    WHERE x.oid >= 16384 -- own
    UNION ALL
    SELECT x.xmin FROM pg_catalog.pg_amop AS x
    WHERE x.oid >= 16384 -- own
    UNION ALL
    SELECT x.xmin FROM pg_catalog.pg_amproc AS x
    WHERE x.oid >= 16384 -- own
    UNION ALL
    SELECT x.xmin FROM pg_catalog.pg_collation AS x
    WHERE x.oid >= 16384 -- own
    UNION ALL
    SELECT x.xmin FROM pg_catalog.pg_conversion AS x
    WHERE x.oid >= 16384 -- own
    UNION ALL
    SELECT x.xmin FROM pg_catalog.pg_range AS x
    UNION ALL
    SELECT x.xmin FROM pg_catalog.pg_statistic_ext AS x
    UNION ALL
    SELECT x.xmin FROM pg_catalog.pg_ts_config AS x
    WHERE x.oid >= 16384 -- own
    UNION ALL
    SELECT x.xmin FROM pg_catalog.pg_ts_config_map AS x
    WHERE x.mapcfg >= 16384 -- own
    UNION ALL
    SELECT x.xmin FROM pg_catalog.pg_ts_dict AS x
    WHERE x.oid >= 16384 -- own
    UNION ALL
    SELECT x.xmin FROM pg_catalog.pg_ts_parser AS x
    WHERE x.oid >= 16384 -- own
    UNION ALL
    SELECT x.xmin FROM pg_catalog.pg_ts_template AS x
    WHERE x.oid >= 16384 -- own
    UNION ALL
    SELECT x.xmin FROM pg_catalog.pg_foreign_data_wrapper AS x
    UNION ALL
    SELECT x.xmin FROM pg_catalog.pg_foreign_server AS x
    UNION ALL
    SELECT x.xmin FROM pg_catalog.pg_event_trigger AS x
    UNION ALL
    SELECT x.xmin FROM pg_catalog.pg_transform AS x
    UNION ALL
    SELECT x.xmin FROM pg_catalog.pg_am AS x
    UNION ALL
    SELECT x.xmin FROM pg_catalog.pg_largeobject_metadata AS x
    UNION ALL
    SELECT x.xmin FROM pg_catalog.pg_db_role_setting AS x
    UNION ALL
    SELECT x.xmin FROM pg_catalog.pg_tablespace AS x
    UNION ALL
    SELECT x.xmin FROM pg_catalog.pg_auth_members AS x
    UNION ALL
    SELECT x.xmin FROM pg_catalog.pg_shdescription AS x
    UNION ALL
    SELECT x.xmin FROM pg_catalog.pg_parameter_acl AS x
    UNION ALL
    SELECT x.xmin FROM pg_catalog.pg_replication_origin AS x
    UNION ALL
    SELECT x.xmin FROM pg_catalog.pg_database AS x WHERE x.datname = current_database()
) AS o
UNION ALL
-- Not everybody may see the versions of these.
SELECT 'pg_roles', coalesce(bit_xor(hashtextextended(x::text, 0)), 0), NULL FROM pg_catalog.pg_roles AS x
UNION ALL
SELECT 'pg_user_mappings', coalesce(bit_xor(hashtextextended(x::text, 0)), 0), NULL
FROM pg_catalog.pg_user_mappings AS x
UNION ALL
SELECT 'pg_subscription', 0, array_agg('{0,0,0}'::bigint [])
FROM pg_catalog.pg_subscription AS x
INNER JOIN pg_catalog.pg_database AS d ON d.oid = x.subdbid
WHERE d.datname = current_database()
UNION ALL
SELECT 'pg_seclabel', 0, array_agg('{0,0,0}'::bigint []) FROM pg_catalog.pg_seclabel AS x
