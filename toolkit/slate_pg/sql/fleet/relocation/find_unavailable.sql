-- Of these extensions those that this database neither has nor can be given by this role, and why. Reads only.
SELECT
    w.name,
    CASE WHEN v.name IS NULL THEN 'is not offered' ELSE 'is for a superuser to make' END
FROM unnest(%(names)s::name []) AS w (name)
LEFT JOIN pg_catalog.pg_available_extensions AS a ON a.name = w.name
LEFT JOIN pg_catalog.pg_available_extension_versions AS v ON v.name = a.name AND v.version = a.default_version
WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_extension AS e WHERE e.extname = w.name)
    AND (
        v.name IS NULL
        OR v.superuser AND NOT v.trusted
        AND NOT (SELECT r.rolsuper FROM pg_catalog.pg_roles AS r WHERE r.rolname = current_user)
    )
ORDER BY w.name COLLATE "C"
