-- Who has the rights of whom: every role with each role that it inherits from, itself among them.
SELECT m.rolname, pg_catalog.array_agg(g.rolname::text)
FROM pg_catalog.pg_roles AS m
JOIN pg_catalog.pg_roles AS g ON pg_catalog.pg_has_role(m.oid, g.oid, 'USAGE')
WHERE NOT m.rolsuper
GROUP BY m.rolname;
