-- Every operator; a prefix operator has no left type.
SELECT
    n.nspname::text AS schema,
    o.oprname::text AS name,
    CASE WHEN o.oprleft <> 0 THEN format_type(o.oprleft, NULL) END AS "left",
    format_type(o.oprright, NULL) AS "right",
    format_type(o.oprresult, NULL) AS returns
FROM pg_operator AS o
INNER JOIN pg_namespace AS n ON n.oid = o.oprnamespace
WHERE (n.nspname IN ('pg_catalog', 'information_schema')) = %(system)s
ORDER BY n.nspname, o.oprname, o.oid
