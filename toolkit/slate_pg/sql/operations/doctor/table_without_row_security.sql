-- why: people's role may read or write it and sees every row of everybody
SELECT
    c.oid::regclass::text,
    'authenticated_users may ' || string_agg(DISTINCT lower(p.privilege_type), ', '),
    format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY;  -- with a policy for each audience; fine for lookup tables', c.oid::regclass)
FROM pg_catalog.pg_class AS c
CROSS JOIN LATERAL pg_catalog.aclexplode(c.relacl) AS p
INNER JOIN pg_catalog.pg_roles AS r ON r.oid = p.grantee
WHERE c.relkind IN ('r', 'p') AND NOT c.relrowsecurity AND c.relnamespace = ANY(:schemas::regnamespace [])
    AND r.rolname = 'authenticated_users' AND p.privilege_type IN ('INSERT', 'UPDATE', 'DELETE')
GROUP BY c.oid
