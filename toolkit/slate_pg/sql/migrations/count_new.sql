-- What one schema has by rows of this transaction, of things that are neither relations nor types: how many; and of types
-- that are no relation's, with those of their arrays. Reads only.
WITH new AS MATERIALIZED (
    SELECT DISTINCT d.classid, d.objid
    FROM pg_catalog.pg_depend AS d
    WHERE d.refclassid = 'pg_catalog.pg_namespace'::regclass
        AND d.refobjid = (SELECT n.oid FROM pg_catalog.pg_namespace AS n WHERE n.nspname = %(schema)s)
        AND pg_catalog.age(d.xmin) <= 0
)

SELECT
    (
        SELECT count(*) FROM new AS n
        WHERE n.classid <> ALL(ARRAY['pg_catalog.pg_class', 'pg_catalog.pg_type']::regclass [])
    ),
    (
        SELECT count(*) + count(*) FILTER (WHERE t.typarray <> 0)
        FROM new AS n
        INNER JOIN pg_catalog.pg_type AS t ON t.oid = n.objid AND n.classid = 'pg_catalog.pg_type'::regclass
    )
