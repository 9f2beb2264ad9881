-- Collations that no extension brings. Reads only.
SELECT
    format('collation %I.%I', n.nspname, c.collname),
    format(
        'CREATE COLLATION %I.%I (provider = %s, %s, deterministic = %s)', n.nspname, c.collname,
        CASE c.collprovider WHEN 'i' THEN 'icu' WHEN 'b' THEN 'builtin' ELSE 'libc' END,
        CASE WHEN c.collcollate IS NOT NULL THEN format('lc_collate = %L, lc_ctype = %L', c.collcollate, c.collctype)
        ELSE format('locale = %L', coalesce(to_jsonb(c) ->> 'colllocale', to_jsonb(c) ->> 'colliculocale')) END,
        CASE WHEN c.collisdeterministic THEN 'true' ELSE 'false' END
    )
FROM pg_catalog.pg_collation AS c
INNER JOIN pg_catalog.pg_namespace AS n ON n.oid = c.collnamespace
WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
    AND NOT EXISTS (
        SELECT FROM pg_catalog.pg_depend AS d
        WHERE d.classid = 'pg_catalog.pg_collation'::regclass AND d.objid = c.oid AND d.deptype = 'e'
    )
ORDER BY c.oid
