-- The triggers of a table that fire for an event (4 INSERT, 16 UPDATE), by name; those of foreign keys, which the
-- server made, are named as one group. Reads only.
SELECT
    CASE WHEN t.tgisinternal THEN 'foreign keys' ELSE t.tgname END AS title,
    array_agg(quote_ident(t.tgname) ORDER BY t.tgname) AS names
FROM pg_catalog.pg_trigger AS t
LEFT JOIN pg_catalog.pg_constraint AS k ON k.oid = t.tgconstraint
WHERE t.tgrelid = %(oid)s AND t.tgparentid = 0 AND t.tgenabled IN ('O', 'A') AND t.tgtype::integer & %(event)s <> 0
    AND (NOT t.tgisinternal OR k.contype = 'f')
GROUP BY t.tgisinternal, CASE WHEN t.tgisinternal THEN 'foreign keys' ELSE t.tgname END
ORDER BY t.tgisinternal, title
