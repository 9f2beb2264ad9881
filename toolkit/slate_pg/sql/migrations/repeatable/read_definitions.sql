-- The statements that drop some objects (rank 0) and make them again as they are, what is said of them included.
-- Privileges are read apart. To be read, and run, with an empty search_path. Reads only.
WITH given AS (
    SELECT g.class, g.object FROM unnest(%(classes)s::oid [], %(objects)s::oid []) AS g (class, object)
),

relations AS (
    SELECT
        g.class, g.object, c.*, c.oid::regclass::text AS named,
        CASE c.relkind WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW' ELSE 'INDEX' END AS word
    FROM given AS g
    INNER JOIN pg_catalog.pg_class AS c ON c.oid = g.object
    WHERE g.class = 'pg_catalog.pg_class'::regclass
),

routines AS (
    SELECT
        g.class, g.object, p.*, p.oid::regprocedure::text AS named,
        CASE p.prokind WHEN 'p' THEN 'PROCEDURE' ELSE 'FUNCTION' END AS word
    FROM given AS g
    INNER JOIN pg_catalog.pg_proc AS p ON p.oid = g.object
    WHERE g.class = 'pg_catalog.pg_proc'::regclass
),

triggers AS (
    SELECT g.class, g.object, t.*, t.tgrelid::regclass::text AS named
    FROM given AS g
    INNER JOIN pg_catalog.pg_trigger AS t ON t.oid = g.object
    WHERE g.class = 'pg_catalog.pg_trigger'::regclass
),

policies AS (
    SELECT g.class, g.object, p.*, p.polrelid::regclass::text AS named
    FROM given AS g
    INNER JOIN pg_catalog.pg_policy AS p ON p.oid = g.object
    WHERE g.class = 'pg_catalog.pg_policy'::regclass
),

rules AS (
    SELECT g.class, g.object, r.*, r.ev_class::regclass::text AS named
    FROM given AS g
    INNER JOIN pg_catalog.pg_rewrite AS r ON r.oid = g.object
    WHERE g.class = 'pg_catalog.pg_rewrite'::regclass
),

defaults AS (
    SELECT g.class, g.object, e.*, e.adrelid::regclass::text AS named, a.attname, c.relkind
    FROM given AS g
    INNER JOIN pg_catalog.pg_attrdef AS e ON e.oid = g.object
    INNER JOIN pg_catalog.pg_attribute AS a ON a.attrelid = e.adrelid AND a.attnum = e.adnum
    INNER JOIN pg_catalog.pg_class AS c ON c.oid = e.adrelid
    WHERE g.class = 'pg_catalog.pg_attrdef'::regclass
),

extended AS (
    SELECT g.class, g.object, s.*, format('%%I.%%I', n.nspname, s.stxname) AS named
    FROM given AS g
    INNER JOIN pg_catalog.pg_statistic_ext AS s ON s.oid = g.object
    INNER JOIN pg_catalog.pg_namespace AS n ON n.oid = s.stxnamespace
    WHERE g.class = 'pg_catalog.pg_statistic_ext'::regclass
),

statements (class, object, rank, statement) AS (
    SELECT class, object, 0, format('DROP %%s %%s', word, named) FROM relations
    UNION ALL
    SELECT class, object, 0, format('DROP %%s %%s', word, named) FROM routines
    UNION ALL
    SELECT class, object, 0, format('DROP TRIGGER %%I ON %%s', tgname, named) FROM triggers
    UNION ALL
    SELECT class, object, 0, format('DROP POLICY %%I ON %%s', polname, named) FROM policies
    UNION ALL
    SELECT class, object, 0, format('DROP RULE %%I ON %%s', rulename, named) FROM rules
    UNION ALL
    SELECT
        class, object, 0,
        format('ALTER %%s %%s ALTER COLUMN %%I DROP DEFAULT', CASE relkind WHEN 'v' THEN 'VIEW' ELSE 'TABLE' END, named, attname)
    FROM defaults
    UNION ALL
    SELECT class, object, 0, format('DROP STATISTICS %%s', named) FROM extended
    UNION ALL
    SELECT
        r.class, r.object, 1,
        format('CREATE %%s %%s%%s%%s%%s AS %%s%%s', r.word, r.named,
            CASE WHEN r.relkind = 'm' THEN ' USING ' || quote_ident(m.amname) END,
            (SELECT ' WITH (' || string_agg(format('%%I = %%L', o.option_name, o.option_value), ', ') || ')'
            FROM pg_options_to_table(r.reloptions) AS o),
            ' TABLESPACE ' || quote_ident(s.spcname),
            rtrim(pg_get_viewdef(r.object), ';'),
            CASE WHEN r.relkind = 'm' AND NOT r.relispopulated THEN ' WITH NO DATA' END)
    FROM relations AS r
    LEFT JOIN pg_catalog.pg_am AS m ON m.oid = r.relam
    LEFT JOIN pg_catalog.pg_tablespace AS s ON s.oid = r.reltablespace
    WHERE r.relkind IN ('v', 'm')
    UNION ALL
    SELECT class, object, 1, pg_get_indexdef(object) FROM relations WHERE relkind = 'i'
    UNION ALL
    SELECT class, object, 1, rtrim(pg_get_functiondef(object)) FROM routines
    UNION ALL
    SELECT class, object, 1, pg_get_triggerdef(object) FROM triggers
    UNION ALL
    SELECT
        class, object, 1,
        format('CREATE POLICY %%I ON %%s AS %%s FOR %%s TO %%s%%s%%s', polname, named,
            CASE WHEN polpermissive THEN 'PERMISSIVE' ELSE 'RESTRICTIVE' END,
            CASE polcmd WHEN 'r' THEN 'SELECT' WHEN 'a' THEN 'INSERT' WHEN 'w' THEN 'UPDATE' WHEN 'd' THEN 'DELETE' ELSE 'ALL' END,
            (SELECT string_agg(CASE r.oid WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(r.oid)) END, ', ')
            FROM unnest(polroles) AS r (oid)),
            ' USING (' || pg_get_expr(polqual, polrelid) || ')',
            ' WITH CHECK (' || pg_get_expr(polwithcheck, polrelid) || ')')
    FROM policies
    UNION ALL
    SELECT class, object, 1, rtrim(pg_get_ruledef(object), ';') FROM rules
    UNION ALL
    SELECT
        class, object, 1,
        format('ALTER %%s %%s ALTER COLUMN %%I SET DEFAULT %%s', CASE relkind WHEN 'v' THEN 'VIEW' ELSE 'TABLE' END, named,
            attname, pg_get_expr(adbin, adrelid))
    FROM defaults
    UNION ALL
    SELECT class, object, 1, pg_get_statisticsobjdef(object) FROM extended
    UNION ALL
    SELECT
        class, object, 2,
        format('ALTER TABLE %%s %%s TRIGGER %%I', named,
            CASE tgenabled WHEN 'D' THEN 'DISABLE' WHEN 'A' THEN 'ENABLE ALWAYS' ELSE 'ENABLE REPLICA' END, tgname)
    FROM triggers
    WHERE tgenabled <> 'O'
    UNION ALL
    SELECT
        class, object, 2,
        format('ALTER TABLE %%s %%s RULE %%I', named,
            CASE ev_enabled WHEN 'D' THEN 'DISABLE' WHEN 'A' THEN 'ENABLE ALWAYS' ELSE 'ENABLE REPLICA' END, rulename)
    FROM rules
    WHERE ev_enabled <> 'O'
    UNION ALL
    SELECT r.class, r.object, 2, format('ALTER MATERIALIZED VIEW %%s CLUSTER ON %%I', i.indrelid::regclass, r.relname)
    FROM relations AS r
    INNER JOIN pg_catalog.pg_index AS i ON i.indexrelid = r.object
    WHERE i.indisclustered
    UNION ALL
    SELECT
        r.class, r.object, 2,
        format('ALTER MATERIALIZED VIEW %%s ALTER COLUMN %%I SET STATISTICS %%s', r.named, a.attname, a.attstattarget)
    FROM relations AS r
    INNER JOIN pg_catalog.pg_attribute AS a ON a.attrelid = r.object AND a.attnum > 0 AND NOT a.attisdropped
    WHERE r.relkind = 'm' AND a.attstattarget >= 0
    UNION ALL
    SELECT class, object, 3, format('ALTER %%s %%s OWNER TO %%I', word, named, pg_get_userbyid(relowner))
    FROM relations
    WHERE relkind IN ('v', 'm')
    UNION ALL
    SELECT class, object, 3, format('ALTER %%s %%s OWNER TO %%I', word, named, pg_get_userbyid(proowner)) FROM routines
    UNION ALL
    SELECT class, object, 3, format('ALTER STATISTICS %%s OWNER TO %%I', named, pg_get_userbyid(stxowner)) FROM extended
    UNION ALL
    SELECT
        g.class, g.object, 4,
        format('COMMENT ON %%s IS %%L', CASE
            WHEN d.objsubid > 0 THEN format('COLUMN %%s.%%I', r.named, a.attname)
            WHEN r.object IS NOT NULL THEN format('%%s %%s', r.word, r.named)
            WHEN p.object IS NOT NULL THEN format('%%s %%s', p.word, p.named)
            WHEN t.object IS NOT NULL THEN format('TRIGGER %%I ON %%s', t.tgname, t.named)
            WHEN y.object IS NOT NULL THEN format('POLICY %%I ON %%s', y.polname, y.named)
            WHEN u.object IS NOT NULL THEN format('RULE %%I ON %%s', u.rulename, u.named)
            ELSE format('STATISTICS %%s', s.named)
        END, d.description)
    FROM given AS g
    INNER JOIN pg_catalog.pg_description AS d ON d.classoid = g.class AND d.objoid = g.object
    LEFT JOIN relations AS r ON r.class = g.class AND r.object = g.object
    LEFT JOIN pg_catalog.pg_attribute AS a ON a.attrelid = r.object AND a.attnum = d.objsubid
    LEFT JOIN routines AS p ON p.class = g.class AND p.object = g.object
    LEFT JOIN triggers AS t ON t.class = g.class AND t.object = g.object
    LEFT JOIN policies AS y ON y.class = g.class AND y.object = g.object
    LEFT JOIN rules AS u ON u.class = g.class AND u.object = g.object
    LEFT JOIN extended AS s ON s.class = g.class AND s.object = g.object
)

SELECT class::bigint, object::bigint, rank, statement
FROM statements
WHERE statement IS NOT NULL
ORDER BY rank, statement
