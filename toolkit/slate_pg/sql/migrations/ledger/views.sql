-- The ledger as stock yoyo 9 (its internal schema version 2) sees it: three views by the names of its tables. Its list
-- reads them; its apply, rollback, mark and unmark write through the rules. Its lock table it makes by itself.

CREATE VIEW _yoyo_migration AS
SELECT
    encode(sha256(convert_to(key, 'UTF8')), 'hex')::varchar(64) AS migration_hash,
    key::varchar(255) AS migration_id,
    (ended_at AT TIME ZONE 'UTC')::timestamp AS applied_at_utc
FROM _slate_ledger
WHERE kind = 'migration';

CREATE RULE mark AS ON INSERT TO _yoyo_migration DO INSTEAD
INSERT INTO _slate_ledger (kind, key, number, ended_at)
VALUES ('migration', new.migration_id, 0, new.applied_at_utc AT TIME ZONE 'UTC');

CREATE RULE unmark AS ON DELETE TO _yoyo_migration DO INSTEAD
DELETE FROM _slate_ledger WHERE kind = 'migration' AND key = old.migration_id;

CREATE VIEW _yoyo_log AS
SELECT
    md5(concat_ws('/', kind, key, number))::uuid::varchar(36) AS id,
    encode(sha256(convert_to(key, 'UTF8')), 'hex')::varchar(64) AS migration_hash,
    key::varchar(255) AS migration_id,
    kind::varchar(10) AS operation,
    who::varchar(255) AS username,
    host::varchar(255) AS hostname,
    note::varchar(255) AS comment,
    (ended_at AT TIME ZONE 'UTC')::timestamp AS created_at_utc
FROM _slate_ledger
WHERE kind IN ('apply', 'rollback', 'mark', 'unmark');

CREATE RULE log AS ON INSERT TO _yoyo_log DO INSTEAD
INSERT INTO _slate_ledger (kind, key, began_at, ended_at, who, host, note)
VALUES (
    new.operation, new.migration_id, NULL, new.created_at_utc AT TIME ZONE 'UTC', new.username, new.hostname,
    new.comment
);

CREATE VIEW _yoyo_version AS
SELECT 2 AS version, (min(ended_at) AT TIME ZONE 'UTC')::timestamp AS installed_at_utc FROM _slate_ledger;

COMMENT ON VIEW _yoyo_migration IS 'What is applied, for stock yoyo; read from _slate_ledger.';
COMMENT ON VIEW _yoyo_log IS 'The history, for stock yoyo; read from _slate_ledger.';
COMMENT ON VIEW _yoyo_version IS 'The version of yoyo''s own tables that the views stand for; 2 is yoyo 9''s.';
