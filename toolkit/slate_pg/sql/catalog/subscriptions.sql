-- Subscriptions, without their connection strings. Reads only.
SELECT
    'subscription' AS kind,
    s.subname AS name,
    json_build_object(
        'owner', pg_get_userbyid(s.subowner),
        'enabled', s.subenabled,
        'binary', s.subbinary,
        'stream', s.substream,
        'disable_on_error', s.subdisableonerr,
        'slot', s.subslotname,
        'synchronous_commit', s.subsynccommit,
        'publications', s.subpublications,
        'password_required', s.subpasswordrequired, -- from 16
        'run_as_owner', s.subrunasowner, -- from 16
        'origin', s.suborigin, -- from 16
        'failover', s.subfailover, -- from 17
        'two_phase', s.subtwophasestate <> 'd'
    )
FROM pg_catalog.pg_subscription AS s
INNER JOIN pg_catalog.pg_database AS d ON d.oid = s.subdbid
WHERE d.datname = current_database()
