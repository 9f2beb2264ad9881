-- What hangs on relations and domains: constraints, indexes, triggers, rules, policies, statistics. Reads only.
SELECT
    'pg_catalog.pg_constraint'::regclass::oid AS class,
    k.oid AS object,
    0 AS sub,
    'constraint' AS kind,
    n.nspname AS schema,
    coalesce(parent.conname, k.conname)::text AS name,
    NULL AS arguments,
    CASE WHEN k.conrelid <> 0 THEN c.relkind::text ELSE 'domain' END AS on_kind,
    n.nspname AS on_schema,
    coalesce(c.relname, t.typname)::text AS on_name,
    quote_ident(k.conname) AS called,
    json_build_object(
        'table', CASE WHEN k.conrelid <> 0 THEN k.conrelid::regclass::text ELSE k.contypid::regtype::text END,
        'definition', pg_get_constraintdef(k.oid, TRUE),
        'type', k.contype,
        'validated', k.convalidated,
        'deferrable', k.condeferrable,
        'deferred', k.condeferred,
        'derived', k.conparentid <> 0 OR (k.conrelid <> 0 AND NOT k.conislocal),
        'columns', ARRAY(
            SELECT a.attname FROM pg_catalog.pg_attribute AS a
            WHERE a.attrelid = k.conrelid AND a.attnum = ANY(k.conkey) AND k.conrelid <> 0
        ),
        'options', (
            SELECT json_object_agg(o.option_name, o.option_value)
            FROM pg_catalog.pg_class AS i CROSS JOIN LATERAL pg_options_to_table(i.reloptions) AS o
            WHERE i.oid = k.conindid AND k.contype IN ('p', 'u', 'x')
        )
    ) AS told
FROM pg_catalog.pg_constraint AS k
INNER JOIN pg_catalog.pg_namespace AS n ON n.oid = k.connamespace
LEFT JOIN pg_catalog.pg_class AS c ON c.oid = k.conrelid
LEFT JOIN pg_catalog.pg_type AS t ON t.oid = k.contypid
LEFT JOIN pg_catalog.pg_constraint AS parent ON parent.oid = k.conparentid
WHERE k.connamespace = ANY(%(schemas)s) AND k.conrelid <> ALL(%(left_out)s)
    AND (k.conrelid <> 0 OR k.contypid <> 0)
    AND (parent.oid IS NULL OR parent.confrelid = k.confrelid)
UNION ALL
SELECT
    'pg_catalog.pg_class'::regclass::oid,
    i.indexrelid,
    0,
    'index',
    coalesce(pn.nspname, n.nspname),
    coalesce(p.relname, c.relname)::text,
    NULL,
    CASE WHEN p.oid IS NOT NULL THEN t.relkind::text END,
    n.nspname,
    t.relname,
    c.oid::regclass::text,
    json_build_object(
        'table', i.indrelid::regclass::text,
        'definition', pg_get_indexdef(i.indexrelid, 0, TRUE),
        'bare', quote_ident(c.relname),
        'of_constraint', EXISTS (
            SELECT 1 FROM pg_catalog.pg_constraint AS k
            WHERE k.conindid = i.indexrelid AND k.contype IN ('p', 'u', 'x') AND k.conrelid = i.indrelid
        ),
        'derived', p.oid IS NOT NULL,
        'valid', i.indisvalid,
        'clustered', i.indisclustered,
        'replica_identity', i.indisreplident,
        'partitioned', t.relkind = 'p',
        'tablespace', ts.spcname,
        'options', (
            SELECT json_object_agg(o.option_name, o.option_value) FROM pg_options_to_table(c.reloptions) AS o
        ),
        'statistics', (
            SELECT json_object_agg(a.attnum, a.attstattarget)
            FROM pg_catalog.pg_attribute AS a
            WHERE a.attrelid = i.indexrelid AND a.attstattarget >= 0
        )
    )
FROM pg_catalog.pg_index AS i
INNER JOIN pg_catalog.pg_class AS c ON c.oid = i.indexrelid
INNER JOIN pg_catalog.pg_class AS t ON t.oid = i.indrelid
INNER JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
LEFT JOIN pg_catalog.pg_tablespace AS ts ON ts.oid = c.reltablespace
LEFT JOIN pg_catalog.pg_inherits AS h ON h.inhrelid = i.indexrelid
LEFT JOIN pg_catalog.pg_class AS p ON p.oid = h.inhparent
LEFT JOIN pg_catalog.pg_namespace AS pn ON pn.oid = p.relnamespace
WHERE c.relnamespace = ANY(%(schemas)s) AND i.indrelid <> ALL(%(left_out)s)
UNION ALL
SELECT
    'pg_catalog.pg_trigger'::regclass::oid,
    t.oid,
    0,
    'trigger',
    n.nspname,
    t.tgname::text,
    NULL,
    c.relkind::text,
    n.nspname,
    c.relname,
    quote_ident(t.tgname),
    json_build_object(
        'table', t.tgrelid::regclass::text,
        'definition', pg_get_triggerdef(t.oid, TRUE),
        'enabled', t.tgenabled,
        'derived', t.tgparentid <> 0
    )
FROM pg_catalog.pg_trigger AS t
INNER JOIN pg_catalog.pg_class AS c ON c.oid = t.tgrelid
INNER JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.relnamespace = ANY(%(schemas)s) AND c.oid <> ALL(%(left_out)s) AND NOT t.tgisinternal
UNION ALL
SELECT
    'pg_catalog.pg_rewrite'::regclass::oid,
    r.oid,
    0,
    'rule',
    n.nspname,
    r.rulename::text,
    NULL,
    c.relkind::text,
    n.nspname,
    c.relname,
    quote_ident(r.rulename),
    json_build_object(
        'table', r.ev_class::regclass::text,
        'definition', pg_get_ruledef(r.oid, TRUE),
        'enabled', r.ev_enabled
    )
FROM pg_catalog.pg_rewrite AS r
INNER JOIN pg_catalog.pg_class AS c ON c.oid = r.ev_class
INNER JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.relnamespace = ANY(%(schemas)s) AND c.oid <> ALL(%(left_out)s)
    AND (r.rulename <> '_RETURN' OR r.ev_enabled <> 'O')
UNION ALL
SELECT
    'pg_catalog.pg_policy'::regclass::oid,
    p.oid,
    0,
    'policy',
    n.nspname,
    p.polname::text,
    NULL,
    c.relkind::text,
    n.nspname,
    c.relname,
    quote_ident(p.polname),
    json_build_object(
        'table', p.polrelid::regclass::text,
        'permissive', p.polpermissive,
        'command', CASE p.polcmd
            WHEN 'r' THEN 'SELECT' WHEN 'a' THEN 'INSERT' WHEN 'w' THEN 'UPDATE' WHEN 'd' THEN 'DELETE' ELSE 'ALL'
        END,
        'roles', ARRAY(
            SELECT CASE r.oid WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(r.oid)) END
            FROM unnest(p.polroles) AS r (oid)
            ORDER BY 1
        ),
        'using', pg_get_expr(p.polqual, p.polrelid),
        'with_check', pg_get_expr(p.polwithcheck, p.polrelid)
    )
FROM pg_catalog.pg_policy AS p
INNER JOIN pg_catalog.pg_class AS c ON c.oid = p.polrelid
INNER JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.relnamespace = ANY(%(schemas)s) AND c.oid <> ALL(%(left_out)s)
UNION ALL
SELECT
    'pg_catalog.pg_statistic_ext'::regclass::oid,
    s.oid,
    0,
    'statistics',
    n.nspname,
    s.stxname::text,
    NULL,
    NULL,
    NULL,
    NULL,
    CASE WHEN pg_statistics_obj_is_visible(s.oid) THEN quote_ident(s.stxname)
        ELSE quote_ident(n.nspname) || '.' || quote_ident(s.stxname) END,
    json_build_object(
        'table', s.stxrelid::regclass::text,
        'owner', pg_get_userbyid(s.stxowner),
        'definition', pg_get_statisticsobjdef(s.oid),
        'qualified', quote_ident(n.nspname) || '.' || quote_ident(s.stxname),
        'target', nullif(s.stxstattarget, -1)
    )
FROM pg_catalog.pg_statistic_ext AS s
INNER JOIN pg_catalog.pg_namespace AS n ON n.oid = s.stxnamespace
WHERE s.stxnamespace = ANY(%(schemas)s)
