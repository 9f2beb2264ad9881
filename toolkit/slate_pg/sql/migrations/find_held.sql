-- Whether another session, or a prepared transaction, holds a lock on one of these relations: nearly always not, and then
-- nobody has to be named. An oid of another database counts here; who is named is told apart. Reads only.
SELECT
    EXISTS (
        SELECT
        FROM pg_catalog.pg_locks AS l
        WHERE l.locktype = 'relation' AND l.relation = ANY(%s::oid []) AND l.granted
            AND l.pid IS DISTINCT FROM pg_catalog.pg_backend_pid()
    )
