-- Whether the role at work owns the ledger of a schema, and nobody else was given a right to write to it. Reads only.
SELECT
    pg_get_userbyid(c.relowner) = current_user
    AND NOT EXISTS (
        SELECT 1
        FROM (
            SELECT c.relacl AS acl
            UNION ALL
            SELECT a.attacl FROM pg_catalog.pg_attribute AS a WHERE a.attrelid = c.oid AND a.attacl IS NOT NULL
        ) AS l
        CROSS JOIN LATERAL aclexplode(l.acl) AS g
        WHERE g.grantee <> c.relowner AND g.privilege_type IN ('INSERT', 'UPDATE', 'TRIGGER')
    )
FROM pg_catalog.pg_class AS c
INNER JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE n.nspname = %(schema)s AND c.relname = '_slate_ledger' AND c.relkind = 'r'
