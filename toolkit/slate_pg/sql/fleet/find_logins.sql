-- The logins that reach each of these schemas, beside its owner and superusers: by a role that holds USAGE on it and that
-- they may become, or whose rights are theirs. Before PostgreSQL 16 every membership lets its member become the role, and
-- whether it inherits is the member's own setting; later each membership says both, and may say neither. Reads only.
WITH RECURSIVE own AS (
    SELECT n.nspname, a.grantee
    FROM pg_catalog.pg_namespace AS n
    CROSS JOIN LATERAL pg_catalog.aclexplode(n.nspacl) AS a
    WHERE n.nspname = ANY(%(schemas)s)
        AND a.privilege_type = 'USAGE'
        AND a.grantee <> 0
        AND a.grantee <> n.nspowner
),

edges AS MATERIALIZED (
    SELECT
        m.roleid,
        m.member,
        coalesce((j.membership ->> 'set_option')::boolean, TRUE) AS sets,
        coalesce((j.membership ->> 'inherit_option')::boolean, r.rolinherit) AS inherits
    FROM pg_catalog.pg_auth_members AS m
    INNER JOIN pg_catalog.pg_roles AS r ON m.member = r.oid
    CROSS JOIN LATERAL (SELECT pg_catalog.to_jsonb(m)) AS j (membership)
),

reach AS (
    SELECT
        own.nspname,
        own.grantee,
        own.grantee AS member,
        TRUE AS sets,
        TRUE AS inherits
    FROM own
    UNION
    SELECT
        reach.nspname,
        reach.grantee,
        edges.member,
        reach.sets AND edges.sets,
        reach.inherits AND edges.inherits
    FROM reach
    INNER JOIN edges ON reach.member = edges.roleid
    WHERE (reach.sets AND edges.sets) OR (reach.inherits AND edges.inherits)
)

SELECT
    reach.nspname::text,
    login.rolname::text,
    pg_catalog.array_agg(DISTINCT pg_catalog.pg_get_userbyid(reach.grantee)::text),
    pg_catalog.bool_or(reach.inherits),
    pg_catalog.has_database_privilege(login.oid, current_database(), 'CONNECT'),
    coalesce(pg_catalog.shobj_description(login.oid, 'pg_authid'), '')
FROM reach
INNER JOIN pg_catalog.pg_roles AS login ON reach.member = login.oid
WHERE login.rolcanlogin AND NOT login.rolsuper
GROUP BY reach.nspname, login.oid, login.rolname
ORDER BY 1, 2
