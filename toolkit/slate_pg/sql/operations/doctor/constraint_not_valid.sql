-- why: old rows were never checked; the planner and readers cannot rely on it
SELECT
    k.conrelid::regclass || '.' || k.conname,
    'NOT VALID',
    format('ALTER TABLE %s VALIDATE CONSTRAINT %I;', k.conrelid::regclass, k.conname)
FROM pg_catalog.pg_constraint AS k
WHERE NOT k.convalidated AND k.conrelid <> 0 AND k.connamespace = ANY(:schemas::regnamespace [])
