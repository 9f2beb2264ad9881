-- Every operator class with its access method; one name may serve several.
SELECT
    n.nspname::text AS schema,
    o.opcname::text AS name,
    m.amname::text AS method,
    pg_get_userbyid(o.opcowner)::text AS owner
FROM pg_opclass AS o
INNER JOIN pg_namespace AS n ON n.oid = o.opcnamespace
INNER JOIN pg_am AS m ON m.oid = o.opcmethod
WHERE (n.nspname IN ('pg_catalog', 'information_schema')) = %(system)s
ORDER BY n.nspname, o.opcname, m.amname
