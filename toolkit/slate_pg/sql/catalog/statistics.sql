-- Extended statistics. Reads only.
SELECT
    'statistics' AS kind,
    n.nspname AS schema,
    s.stxname AS name,
    json_build_object(
        'table', s.stxrelid::regclass,
        'owner', pg_get_userbyid(s.stxowner),
        'definition', pg_get_statisticsobjdef(s.oid),
        'target', nullif(s.stxstattarget, -1)
    )
FROM pg_catalog.pg_statistic_ext AS s
INNER JOIN pg_catalog.pg_namespace AS n ON n.oid = s.stxnamespace
WHERE s.stxnamespace = ANY(%(schemas)s)
