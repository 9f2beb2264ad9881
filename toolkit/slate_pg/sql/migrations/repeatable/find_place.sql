-- What an object is called, whatever the search_path, and the schema that it, or what it hangs on, lies in. Reads only.
SELECT i.type || ' ' || i.identity, n.nspname
FROM pg_catalog.pg_namespace AS n
CROSS JOIN pg_catalog.pg_identify_object(%(class)s::oid, %(object)s::oid, 0) AS i
WHERE n.oid = coalesce(
    (SELECT p.pronamespace FROM pg_catalog.pg_proc AS p
    WHERE %(class)s::oid = 'pg_catalog.pg_proc'::regclass AND p.oid = %(object)s::oid),
    (SELECT c.relnamespace FROM pg_catalog.pg_class AS c
    WHERE c.oid = CASE %(class)s::oid
        WHEN 'pg_catalog.pg_class'::regclass THEN %(object)s::oid
        WHEN 'pg_catalog.pg_trigger'::regclass
            THEN (SELECT t.tgrelid FROM pg_catalog.pg_trigger AS t WHERE t.oid = %(object)s::oid)
        WHEN 'pg_catalog.pg_policy'::regclass
            THEN (SELECT y.polrelid FROM pg_catalog.pg_policy AS y WHERE y.oid = %(object)s::oid)
        WHEN 'pg_catalog.pg_rewrite'::regclass
            THEN (SELECT r.ev_class FROM pg_catalog.pg_rewrite AS r WHERE r.oid = %(object)s::oid)
    END)
)
