-- why: it reads with its owner's rights, so the policies of the table under it do not bind who asks
WITH RECURSIVE views AS (
    SELECT
        c.oid,
        c.relkind,
        c.relowner,
        c.relacl,
        c.relnamespace,
        coalesce(c.reloptions && ARRAY['security_invoker=true', 'security_invoker=on', 'security_invoker=1'], FALSE)
            AS invoker,
        -- Its text chooses the rows by itself, and says so.
        coalesce(c.reloptions && ARRAY['security_barrier=true', 'security_barrier=on', 'security_barrier=1'], FALSE)
            AS barrier
    FROM pg_catalog.pg_class AS c
    WHERE c.relkind IN ('v', 'm')
),

reads AS (
    SELECT DISTINCT w.ev_class AS view_oid, d.refobjid AS relation_oid
    FROM pg_catalog.pg_rewrite AS w
    INNER JOIN pg_catalog.pg_depend AS d ON d.classid = 'pg_catalog.pg_rewrite'::regclass AND d.objid = w.oid
    WHERE d.refclassid = 'pg_catalog.pg_class'::regclass AND d.refobjid <> w.ev_class
),

under AS (
    SELECT v.oid AS view_oid, r.relation_oid
    FROM views AS v
    INNER JOIN reads AS r ON r.view_oid = v.oid
    WHERE NOT v.invoker AND NOT v.barrier AND v.relnamespace = ANY(:schemas::regnamespace [])
    UNION
    SELECT u.view_oid, r.relation_oid
    FROM under AS u
    INNER JOIN reads AS r ON r.view_oid = u.relation_oid
)

SELECT
    v.oid::regclass::text,
    format(
        '%s may read it, and %s has policies for them', string_agg(DISTINCT reader.rolname::text, ', '),
        string_agg(DISTINCT t.oid::regclass::text, ', ')
    ),
    CASE v.relkind
        WHEN 'v' THEN format('ALTER VIEW %s SET (security_invoker = true);', v.oid::regclass)
        ELSE format(
            'REVOKE SELECT ON %s FROM %s;', v.oid::regclass,
            string_agg(DISTINCT quote_ident(reader.rolname), ', ')
        )
    END
FROM under AS u
INNER JOIN views AS v ON v.oid = u.view_oid
INNER JOIN pg_catalog.pg_class AS t ON t.oid = u.relation_oid AND t.relrowsecurity
INNER JOIN pg_catalog.pg_roles AS reader ON NOT reader.rolsuper AND NOT reader.rolbypassrls AND EXISTS (
    SELECT FROM (
        SELECT a.grantee FROM pg_catalog.aclexplode(v.relacl) AS a
        WHERE a.privilege_type = 'SELECT'
        UNION
        SELECT x.grantee
        FROM pg_catalog.pg_attribute AS b
        CROSS JOIN LATERAL pg_catalog.aclexplode(b.attacl) AS x
        WHERE b.attrelid = v.oid AND x.privilege_type = 'SELECT'
    ) AS g
    WHERE g.grantee = reader.oid OR g.grantee = 0
)
WHERE NOT pg_has_role(reader.oid, t.relowner, 'USAGE') AND NOT EXISTS (
    SELECT FROM pg_catalog.pg_policy AS p
    CROSS JOIN LATERAL unnest(p.polroles) AS whom (oid)
    WHERE p.polrelid = t.oid AND p.polpermissive AND p.polcmd IN ('*', 'r')
        AND pg_get_expr(p.polqual, p.polrelid) = 'true'
        AND (whom.oid = 0 OR pg_has_role(reader.oid, whom.oid, 'USAGE'))
)
GROUP BY v.oid, v.relkind
