-- What changes of these tables set off: the table, the events as in pg_trigger.tgtype, a definition, and what kind it is: a
-- row trigger, a statement trigger, a rule, a rule that does something else instead. Reads only.
SELECT
    g.tgrelid, g.tgtype & 60, pg_get_functiondef(g.tgfoid), CASE WHEN g.tgtype & 1 = 1 THEN 'row' ELSE 'statement' END
FROM pg_catalog.pg_trigger AS g
INNER JOIN pg_catalog.pg_proc AS p ON p.oid = g.tgfoid
INNER JOIN pg_catalog.pg_language AS l ON l.oid = p.prolang
WHERE NOT g.tgisinternal AND g.tgenabled <> 'D' AND l.lanname = 'plpgsql' AND g.tgrelid = ANY (%(tables)s::oid[])
UNION ALL
SELECT
    r.ev_class,
    CASE r.ev_type WHEN '2' THEN 16 WHEN '3' THEN 4 ELSE 8 END,
    pg_get_ruledef(r.oid),
    CASE WHEN r.is_instead AND pg_get_ruledef(r.oid) !~ ' WHERE .* DO INSTEAD ' THEN 'instead' ELSE 'rule' END
FROM pg_catalog.pg_rewrite AS r
WHERE r.ev_type <> '1' AND r.ev_enabled <> 'D' AND r.ev_class = ANY (%(tables)s::oid[])
ORDER BY 1, 2, 3
