-- The ledger of one installation, inside its own schema. The first four tables are yoyo's (its internal
-- schema version 2), so that stock yoyo reads them; the others hold what yoyo has no column for.

CREATE TABLE IF NOT EXISTS _yoyo_migration (
    migration_hash varchar(64) PRIMARY KEY,
    migration_id varchar(255),
    applied_at_utc timestamp
);

CREATE TABLE IF NOT EXISTS _yoyo_log (
    id varchar(36) PRIMARY KEY,
    migration_hash varchar(64),
    migration_id varchar(255),
    operation varchar(10),
    username varchar(255),
    hostname varchar(255),
    comment varchar(255),
    created_at_utc timestamp
);

CREATE TABLE IF NOT EXISTS _yoyo_version (
    version integer PRIMARY KEY,
    installed_at_utc timestamp
);

CREATE TABLE IF NOT EXISTS yoyo_lock (
    locked integer DEFAULT 1 PRIMARY KEY,
    ctime timestamp,
    pid integer NOT NULL
);

INSERT INTO _yoyo_version (version, installed_at_utc)
SELECT v, now() AT TIME ZONE 'UTC' FROM generate_series(1, 2) AS g (v)
ON CONFLICT DO NOTHING;

CREATE TABLE IF NOT EXISTS _slate_migration (
    migration_id varchar(255) PRIMARY KEY,
    checksum varchar(64) NOT NULL,
    body text NOT NULL,
    rollback_checksum varchar(64),
    rollback_body text,
    rollback_transactional boolean NOT NULL DEFAULT true,
    duration_ms double precision NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now(),
    applied_by text NOT NULL DEFAULT session_user
);

COMMENT ON TABLE _slate_migration IS 'What was applied, word for word, and how to get back. Written by slate.';

CREATE TABLE IF NOT EXISTS _slate_statement (
    migration_id varchar(255) NOT NULL,
    direction varchar(8) NOT NULL CHECK (direction IN ('apply', 'rollback')),
    number integer NOT NULL,
    total integer NOT NULL,
    checksum varchar(64) NOT NULL,
    started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    finished_at timestamptz,
    PRIMARY KEY (migration_id, direction, number)
);

COMMENT ON TABLE _slate_statement IS
'The journal of a non-transactional script under way: one row a statement, removed when the script is done.';

CREATE TABLE IF NOT EXISTS _slate_seed (
    seed text PRIMARY KEY,
    checksum varchar(64) NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now()
);

COMMENT ON TABLE _slate_seed IS 'Which seed files were loaded, and in which version. Written by slate.';
