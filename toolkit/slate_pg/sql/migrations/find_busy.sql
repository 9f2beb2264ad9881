-- The schemas in which another session, or a prepared transaction, holds a lock on a relation: nearly always few, and then
-- nobody has to be waited for in the others. An oid of another database counts here; who holds it is told apart.
-- Reads only.
SELECT n.nspname
FROM (
    SELECT DISTINCT c.relnamespace
    FROM pg_catalog.pg_locks AS l
    INNER JOIN pg_catalog.pg_class AS c ON c.oid = l.relation
    WHERE l.locktype = 'relation' AND l.granted AND l.relation >= 16384
        AND l.pid IS DISTINCT FROM pg_catalog.pg_backend_pid()
) AS h
INNER JOIN pg_catalog.pg_namespace AS n ON n.oid = h.relnamespace
