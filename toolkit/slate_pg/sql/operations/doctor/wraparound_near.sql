-- why: at two thousand million transactions of age the server stops taking writes
SELECT
    c.oid::regclass::text,
    format('%s million transactions old', pg_catalog.age(c.relfrozenxid) / 1000000),
    format('VACUUM (FREEZE) %s;', c.oid::regclass)
FROM pg_catalog.pg_class AS c
WHERE c.relkind IN ('r', 'm') AND c.relnamespace = ANY(:schemas::regnamespace []) AND pg_catalog.age(c.relfrozenxid) > 500000000
