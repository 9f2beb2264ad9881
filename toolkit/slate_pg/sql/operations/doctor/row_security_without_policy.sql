-- why: everybody but the owner sees nothing; perhaps meant, more often forgotten
SELECT
    c.oid::regclass::text,
    'row security is on, no policy lets anybody in',
    format('CREATE POLICY … ON %s …;', c.oid::regclass)
FROM pg_catalog.pg_class AS c
WHERE c.relrowsecurity AND NOT c.relispartition AND c.relnamespace = ANY(:schemas::regnamespace [])
    AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_policy AS p WHERE p.polrelid = c.oid)
