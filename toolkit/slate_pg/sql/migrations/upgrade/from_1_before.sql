-- From version 1 to the newest, in front of the new table and its views: eight tables wait for nobody and make room for them.

LOCK TABLE _yoyo_migration, _yoyo_log, _yoyo_version, yoyo_lock IN ACCESS EXCLUSIVE MODE;
LOCK TABLE _slate_migration, _slate_statement, _slate_seed, _slate_job_run IN ACCESS EXCLUSIVE MODE;
ALTER TABLE _yoyo_migration RENAME TO _yoyo_migration_1;
ALTER TABLE _yoyo_log RENAME TO _yoyo_log_1;
ALTER TABLE _yoyo_version RENAME TO _yoyo_version_1;
