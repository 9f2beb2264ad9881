-- Tables, views, sequences and foreign tables: their own properties, without columns and indexes. Reads only.
SELECT
    c.relkind AS kind,
    n.nspname AS schema,
    c.relname AS name,
    c.oid::bigint AS unit, -- unit
    pg_get_userbyid(c.relowner) AS owner,
    c.relpersistence AS persistence,
    am.amname AS access_method,
    ts.spcname AS tablespace,
    CASE WHEN c.reloptions IS NOT NULL THEN ARRAY(SELECT o FROM unnest(c.reloptions) AS o ORDER BY o) END AS options,
    CASE WHEN toast.reloptions IS NOT NULL THEN ARRAY(
        SELECT o FROM unnest(toast.reloptions) AS o ORDER BY o
    ) END AS toast_options,
    c.relrowsecurity AS row_security,
    c.relforcerowsecurity AS force_row_security,
    c.relreplident AS replica_identity,
    nullif(c.reloftype, 0)::regtype AS of_type,
    pg_get_partkeydef(c.oid) AS partitioned_by,
    pg_get_expr(c.relpartbound, c.oid) AS partition_bound,
    ARRAY(
        SELECT i.inhparent::regclass || CASE WHEN i.inhdetachpending THEN ' (detach pending)' ELSE '' END
        FROM pg_catalog.pg_inherits AS i
        WHERE i.inhrelid = c.oid
        ORDER BY i.inhseqno
    ) AS inherits,
    -- ALTER TABLE … DISABLE TRIGGER ALL turns foreign keys off, and nothing else in the catalog says so.
    CASE WHEN c.relhastriggers THEN ARRAY(
        SELECT DISTINCT coalesce(k.conname, 'unknown') || ' (' || t.tgenabled::text || ')'
        FROM pg_catalog.pg_trigger AS t
        LEFT JOIN pg_catalog.pg_constraint AS k ON k.oid = t.tgconstraint
        WHERE t.tgrelid = c.oid AND t.tgisinternal AND t.tgenabled <> 'O'
        ORDER BY 1
    ) END AS constraint_triggers_off,
    CASE WHEN c.relkind IN ('v', 'm') THEN pg_get_viewdef(c.oid) END AS definition,
    CASE WHEN c.relkind = 'm' THEN c.relispopulated END AS populated,
    s.seqtypid::regtype AS type,
    s.seqstart AS start,
    s.seqincrement AS increment,
    s.seqmin AS minimum,
    s.seqmax AS maximum,
    s.seqcache AS cache,
    s.seqcycle AS cycle,
    (
        SELECT d.refobjid::regclass || '.' || quote_ident(a.attname)
        FROM pg_catalog.pg_depend AS d
        INNER JOIN pg_catalog.pg_attribute AS a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
        WHERE c.relkind = 'S' AND d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid
            AND d.refclassid = 'pg_catalog.pg_class'::regclass AND d.deptype IN ('a', 'i')
    ) AS owned_by,
    (SELECT srv.srvname FROM pg_catalog.pg_foreign_server AS srv WHERE srv.oid = ft.ftserver) AS server,
    ft.ftoptions AS foreign_options,
    -- A leaf of a range over dates: which of them exist depends on the day.
    CASE WHEN c.relispartition AND starts_with(pg_get_expr(c.relpartbound, c.oid), 'FOR VALUES FROM') THEN (
        SELECT i.inhparent::regclass
        FROM pg_catalog.pg_inherits AS i
        INNER JOIN pg_catalog.pg_partitioned_table AS p ON p.partrelid = i.inhparent
        INNER JOIN pg_catalog.pg_attribute AS a ON a.attrelid = p.partrelid AND a.attnum = p.partattrs[0]
        WHERE i.inhrelid = c.oid AND p.partnatts = 1
            AND a.atttypid = ANY(ARRAY['date'::regtype, 'timestamp'::regtype, 'timestamptz'::regtype])
    ) END AS period_of
FROM pg_catalog.pg_class AS c
INNER JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
LEFT JOIN pg_catalog.pg_am AS am ON am.oid = c.relam
LEFT JOIN pg_catalog.pg_tablespace AS ts ON ts.oid = c.reltablespace
LEFT JOIN pg_catalog.pg_class AS toast ON toast.oid = c.reltoastrelid
LEFT JOIN pg_catalog.pg_sequence AS s ON s.seqrelid = c.oid
LEFT JOIN pg_catalog.pg_foreign_table AS ft ON ft.ftrelid = c.oid
WHERE c.relnamespace = ANY(%(schemas)s) AND c.oid <> ALL(%(left_out)s)
    AND c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f')
    AND c.oid = ANY(%(relations)s::oid []) -- only
