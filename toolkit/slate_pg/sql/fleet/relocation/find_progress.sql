-- How a subscription of this database is doing: its oid, whether it is enabled, how many tables there are, and how many of
-- them have been copied and follow. No row where there is none. Reads only.
SELECT
    s.oid::bigint,
    s.subenabled,
    (SELECT count(*) FROM pg_catalog.pg_subscription_rel AS r WHERE r.srsubid = s.oid),
    (SELECT count(*) FROM pg_catalog.pg_subscription_rel AS r WHERE r.srsubid = s.oid AND r.srsubstate = 'r')
FROM pg_catalog.pg_subscription AS s
INNER JOIN pg_catalog.pg_database AS d ON d.oid = s.subdbid AND d.datname = current_database()
WHERE s.subname = %(name)s
