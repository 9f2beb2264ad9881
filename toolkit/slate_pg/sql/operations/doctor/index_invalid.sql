-- why: a build that failed or was killed left it; writes maintain it and no query uses it
SELECT
    x.indexrelid::regclass::text,
    CASE WHEN x.indisready THEN 'invalid' ELSE 'not ready' END,
    format('DROP INDEX CONCURRENTLY %s;  -- then build it again', x.indexrelid::regclass)
FROM pg_catalog.pg_index AS x
INNER JOIN pg_catalog.pg_class AS c ON c.oid = x.indexrelid
WHERE NOT (x.indisvalid AND x.indisready) AND c.relkind = 'i' AND c.relnamespace = ANY(:schemas::regnamespace [])
