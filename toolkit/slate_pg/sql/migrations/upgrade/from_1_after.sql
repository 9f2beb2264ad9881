-- From version 1 to the newest, behind the new table and its views: every row moves, then owner and grants, then the old go.

INSERT INTO _slate_ledger (
    kind, key, number, began_at, ended_at, who, checksum, body, rollback_checksum, rollback_body,
    rollback_transactional, duration_ms
)
SELECT
    'migration', coalesce(y.migration_id, y.migration_hash), 0, s.applied_at, y.applied_at_utc AT TIME ZONE 'UTC',
    s.applied_by, s.checksum, s.body, s.rollback_checksum, s.rollback_body, s.rollback_transactional, s.duration_ms
FROM _yoyo_migration_1 AS y
LEFT JOIN _slate_migration AS s ON s.migration_id = y.migration_id;

-- What stock yoyo took back: its text stays in the history.
INSERT INTO _slate_ledger (
    kind, key, number, began_at, ended_at, who, checksum, body, rollback_checksum, rollback_body,
    rollback_transactional, duration_ms, note
)
SELECT
    'unmark', s.migration_id, 0, s.applied_at, NULL, s.applied_by, s.checksum, s.body, s.rollback_checksum,
    s.rollback_body, s.rollback_transactional, s.duration_ms, 'taken out of the ledger by another tool'
FROM _slate_migration AS s
WHERE NOT EXISTS (SELECT FROM _yoyo_migration_1 AS y WHERE y.migration_id = s.migration_id);

INSERT INTO _slate_ledger (kind, key, number, began_at, ended_at, who, host, note)
SELECT
    CASE WHEN l.operation IN ('apply', 'rollback', 'mark', 'unmark') THEN l.operation ELSE 'mark' END,
    coalesce(l.migration_id, l.migration_hash, ''),
    row_number() OVER (ORDER BY l.created_at_utc, l.id),
    NULL, l.created_at_utc AT TIME ZONE 'UTC', l.username, l.hostname, l.comment
FROM _yoyo_log_1 AS l;

INSERT INTO _slate_ledger (kind, key, number, began_at, ended_at, who, checksum, total)
SELECT direction || ' statement', migration_id, number, started_at, finished_at, NULL, checksum, total
FROM _slate_statement;

INSERT INTO _slate_ledger (kind, key, number, began_at, ended_at, who, checksum)
SELECT 'seed', seed, 0, NULL, applied_at, NULL, checksum FROM _slate_seed;

INSERT INTO _slate_ledger (kind, key, number, began_at, ended_at, who, attempt, rows, note)
SELECT 'job', job, id, started_at, finished_at, run_by, attempt, rows, error FROM _slate_job_run;

DO $$
DECLARE
    v_owner name;
    v_grant record;
BEGIN
    SELECT pg_get_userbyid(c.relowner) INTO v_owner FROM pg_class AS c WHERE c.oid = '_slate_migration'::regclass;
    IF v_owner <> current_user THEN
        EXECUTE format('ALTER TABLE _slate_ledger OWNER TO %I', v_owner);
        EXECUTE format('ALTER VIEW _yoyo_migration OWNER TO %I', v_owner);
        EXECUTE format('ALTER VIEW _yoyo_log OWNER TO %I', v_owner);
        EXECUTE format('ALTER VIEW _yoyo_version OWNER TO %I', v_owner);
    END IF;
    -- Who could read the old tables reads the new one. Rights to write are the owner's.
    FOR v_grant IN
        SELECT CASE WHEN g.grantee = 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(g.grantee)) END AS grantee
        FROM pg_class AS c
        CROSS JOIN LATERAL aclexplode(c.relacl) AS g
        WHERE c.oid = '_slate_migration'::regclass AND g.privilege_type = 'SELECT' AND g.grantee <> c.relowner
    LOOP
        EXECUTE format(
            'GRANT SELECT ON _slate_ledger, _yoyo_migration, _yoyo_log, _yoyo_version TO %s', v_grant.grantee
        );
    END LOOP;
    -- A row in yoyo's lock is a yoyo at work, or one that died: its table is yoyo's to clear.
    IF NOT EXISTS (SELECT FROM yoyo_lock) THEN
        DROP TABLE yoyo_lock;
    END IF;
END
$$;

DROP TABLE _yoyo_migration_1, _yoyo_log_1, _yoyo_version_1;
DROP TABLE _slate_migration, _slate_statement, _slate_seed, _slate_job_run;
