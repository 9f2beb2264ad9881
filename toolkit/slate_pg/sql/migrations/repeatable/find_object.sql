-- The object that a file means by a name, as its catalog and oid: what is created without a schema lies in the first of
-- the path, what is named without one is looked for along the path. Reads only.
WITH place AS (
    SELECT n.oid FROM pg_catalog.pg_namespace AS n
    WHERE n.nspname = coalesce(nullif(%(schema)s, ''), pg_catalog.current_schema())
),

relation AS (
    SELECT pg_catalog.to_regclass(
        CASE WHEN %(on_schema)s <> '' THEN pg_catalog.quote_ident(%(on_schema)s) || '.' ELSE '' END
        || pg_catalog.quote_ident(%(on_name)s)
    )::oid AS oid
    WHERE %(on_name)s <> ''
)

SELECT 'pg_catalog.pg_class'::regclass::oid::bigint, c.oid::bigint
FROM pg_catalog.pg_class AS c
WHERE c.relname = %(name)s AND c.relnamespace = (SELECT p.oid FROM place AS p)
    AND c.relkind = ANY(CASE %(group)s WHEN 'relation' THEN '{v,m}' WHEN 'index' THEN '{i}' ELSE '{}' END::"char" [])
UNION ALL
SELECT 'pg_catalog.pg_proc'::regclass::oid::bigint, p.oid::bigint
FROM pg_catalog.pg_proc AS p
WHERE %(group)s = 'routine' AND p.proname = %(name)s AND p.pronamespace = (SELECT o.oid FROM place AS o)
    AND p.prokind IN ('f', 'p', 'w')
    AND (
        p.proargtypes::text = (
        SELECT coalesce(pg_catalog.string_agg(coalesce(pg_catalog.to_regtype(nullif(nullif(t.name, ''), '*'))::oid, 0)::text, ' ' ORDER BY t.place), '')
        FROM pg_catalog.unnest(%(types)s::text []) WITH ORDINALITY AS t (name, place)
        )
        OR (%(types)s::text [] = '{*}' AND NOT EXISTS (
            SELECT FROM pg_catalog.pg_proc AS o
            WHERE o.proname = p.proname AND o.pronamespace = p.pronamespace AND o.oid <> p.oid
        ))
    )
UNION ALL
SELECT 'pg_catalog.pg_trigger'::regclass::oid::bigint, t.oid::bigint
FROM pg_catalog.pg_trigger AS t
WHERE %(group)s = 'trigger' AND t.tgname = %(name)s AND t.tgrelid = (SELECT r.oid FROM relation AS r)
    AND NOT t.tgisinternal
UNION ALL
SELECT 'pg_catalog.pg_policy'::regclass::oid::bigint, y.oid::bigint
FROM pg_catalog.pg_policy AS y
WHERE %(group)s = 'policy' AND y.polname = %(name)s AND y.polrelid = (SELECT r.oid FROM relation AS r)
UNION ALL
SELECT 'pg_catalog.pg_rewrite'::regclass::oid::bigint, w.oid::bigint
FROM pg_catalog.pg_rewrite AS w
WHERE %(group)s = 'rule' AND w.rulename = %(name)s AND w.ev_class = (SELECT r.oid FROM relation AS r)
