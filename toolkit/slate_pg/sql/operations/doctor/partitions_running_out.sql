-- why: without a partition ahead rows land in DEFAULT, or nowhere with an error at night
SELECT
    t.oid::regclass::text,
    format('the last partition ends %s', to_char(max(b.to_value), 'YYYY-MM-DD')),
    CASE
        WHEN max(f.name) IS NOT NULL AND max(b.to_value - b.from_value) BETWEEN interval '28 days' AND interval '31 days'
            THEN format('SELECT * FROM %s(%L, ''month'');', max(f.name), t.oid::regclass)
        WHEN max(f.name) IS NOT NULL AND max(b.to_value - b.from_value) BETWEEN interval '365 days' AND interval '366 days'
            THEN format('SELECT * FROM %s(%L, ''year'');', max(f.name), t.oid::regclass)
        ELSE format(
            'CREATE TABLE %s.%I PARTITION OF %s FOR VALUES FROM (%L) TO (%L);',
            t.relnamespace::regnamespace, left(t.relname, 54) || '_' || to_char(max(b.to_value), 'YYYYMMDD'),
            t.oid::regclass, max(b.to_value)::text, (max(b.to_value) + max(b.to_value - b.from_value))::text
        )
    END
FROM pg_catalog.pg_class AS t
CROSS JOIN LATERAL (
    SELECT
        (regexp_match(pg_catalog.pg_get_expr(c.relpartbound, c.oid), 'FROM \(''([0-9][^'']*)''\)'))[1]::timestamptz AS from_value,
        (regexp_match(pg_catalog.pg_get_expr(c.relpartbound, c.oid), 'TO \(''([0-9][^'']*)''\)'))[1]::timestamptz AS to_value
    FROM pg_catalog.pg_inherits AS i
    INNER JOIN pg_catalog.pg_class AS c ON c.oid = i.inhrelid
    WHERE i.inhparent = t.oid
) AS b
LEFT JOIN (
    SELECT format('%I.%I', n.nspname, p.proname) AS name
    FROM pg_catalog.pg_proc AS p
    INNER JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace
    WHERE p.proname = 'ensure_partitions' AND p.proargtypes[0] = 'regclass'::regtype
    LIMIT 1
) AS f ON TRUE
INNER JOIN pg_catalog.pg_partitioned_table AS pt ON pt.partrelid = t.oid AND pt.partstrat = 'r'
INNER JOIN pg_catalog.pg_attribute AS a ON a.attrelid = t.oid AND a.attnum = pt.partattrs[0]
    AND a.atttypid IN ('date'::regtype, 'timestamptz'::regtype, 'timestamp'::regtype)
WHERE t.relkind = 'p' AND t.relname !~ '_archive$' -- archives only take whole months that are over
    AND t.relnamespace = ANY(:schemas::regnamespace [])
GROUP BY t.oid
HAVING max(b.to_value) < now() + 1.5 * least(max(b.to_value - b.from_value), interval '1 year')
