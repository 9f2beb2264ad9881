-- why: a DETACH CONCURRENTLY was cut short; the partition belongs to nobody
SELECT
    i.inhrelid::regclass::text,
    'DETACH CONCURRENTLY from ' || i.inhparent::regclass || ' did not finish',
    format('ALTER TABLE %s DETACH PARTITION %s FINALIZE;', i.inhparent::regclass, i.inhrelid::regclass)
FROM pg_catalog.pg_inherits AS i
INNER JOIN pg_catalog.pg_class AS c ON c.oid = i.inhrelid
WHERE i.inhdetachpending AND c.relnamespace = ANY(:schemas::regnamespace [])
