-- The groups that a role is a member of, each with the options of that membership as GRANT spells them, which only
-- PostgreSQL 16 and later know: read by name out of json, so that 15 takes the query too. Reads only.
SELECT
    pg_catalog.pg_get_userbyid(m.roleid)::text,
    CASE
        WHEN j.member ->> 'inherit_option' IS NULL THEN ''
        ELSE pg_catalog.format(' WITH INHERIT %%s, SET %%s', j.member ->> 'inherit_option', j.member ->> 'set_option')
    END
FROM pg_catalog.pg_auth_members AS m
INNER JOIN pg_catalog.pg_roles AS r ON m.member = r.oid
CROSS JOIN LATERAL (SELECT pg_catalog.to_jsonb(m)) AS j (member)
WHERE r.rolname = %(role)s
ORDER BY 1
