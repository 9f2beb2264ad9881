-- Row security policies with their conditions; a leaf partition's copy is known by the table it belongs to.
SELECT
    n.nspname AS schema,
    c.relname AS "table",
    p.polname AS name,
    format('%I.%I', own.nspname, r.relname) AS relation,
    pg_catalog.pg_get_expr(p.polqual, p.polrelid) AS using,
    pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid) AS "check"
FROM pg_catalog.pg_policy AS p
JOIN pg_catalog.pg_class AS r ON r.oid = p.polrelid
JOIN pg_catalog.pg_namespace AS own ON own.oid = r.relnamespace
JOIN pg_catalog.pg_class AS c ON c.oid = coalesce(pg_catalog.pg_partition_root(r.oid), r.oid)
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE own.nspname !~ '^pg_' AND own.nspname <> 'information_schema'
    AND r.relname !~ '^(_slate_|_yoyo_|yoyo_lock$)'
    AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS d WHERE d.objid = r.oid AND d.deptype = 'e')
ORDER BY n.nspname, c.relname, p.polname, r.oid <> c.oid, own.nspname, r.relname;
