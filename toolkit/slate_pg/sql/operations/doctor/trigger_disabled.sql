-- why: what it keeps true is kept no longer; for internal ones that is a foreign key
SELECT
    t.tgrelid::regclass || '.' || coalesce(k.conname, t.tgname),
    CASE WHEN t.tgisinternal THEN 'the foreign key is not enforced (DISABLE TRIGGER ALL)' ELSE 'disabled' END,
    format('ALTER TABLE %s ENABLE TRIGGER %s;', t.tgrelid::regclass, CASE WHEN t.tgisinternal THEN 'ALL' ELSE quote_ident(t.tgname) END)
FROM pg_catalog.pg_trigger AS t
INNER JOIN pg_catalog.pg_class AS c ON c.oid = t.tgrelid
LEFT JOIN pg_catalog.pg_constraint AS k ON k.oid = t.tgconstraint
WHERE t.tgenabled = 'D' AND c.relnamespace = ANY(:schemas::regnamespace [])
GROUP BY t.tgrelid, coalesce(k.conname, t.tgname), t.tgisinternal, t.tgname
