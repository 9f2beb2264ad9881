-- The installations that are on their way to another server, or have gone: schema, and what the mark says. The mark is the
-- comment of the function that refuses writes, found by its name, which is indexed. Reads only.
SELECT n.nspname, coalesce(pg_catalog.obj_description(p.oid, 'pg_proc'), '')
FROM pg_catalog.pg_proc AS p
INNER JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace
WHERE p.proname = '_slate_read_only' AND p.pronargs = 0
    AND (%(schema)s::name IS NULL OR n.nspname = %(schema)s::name)
ORDER BY n.nspname COLLATE "C"
