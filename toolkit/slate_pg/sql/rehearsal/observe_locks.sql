-- The relation locks a session holds or waits for, as oids: names of dropped relations are gone by now. Reads only.
SELECT l.relation, l.mode
FROM pg_catalog.pg_locks AS l
WHERE l.locktype = 'relation' AND l.pid = %(pid)s
    AND l.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database())
