-- depends: learning_0014_log_sensitive_changes
-- Why:  months past their time leave the live tables whole and stay readable: same columns, no
--       foreign keys that would hold users or sessions back, no writers, and only the indexes a
--       reader needs.
-- Lock: none, only new objects. Rollback loses: every archived month.

CREATE FUNCTION refuse_archive_change() RETURNS trigger
LANGUAGE plpgsql
SET search_path FROM CURRENT
AS $$
BEGIN
    IF core.is_maintenance(TG_RELID) THEN
        RETURN NULL;
    END IF;
    RAISE EXCEPTION 'archive "%" is read-only: % refused', TG_TABLE_NAME, TG_OP
        USING ERRCODE = 'insufficient_privilege', TABLE = TG_TABLE_NAME, SCHEMA = TG_TABLE_SCHEMA,
        HINT = 'Months arrive by retire_months(); rows leave with purge_user() only.';
END;
$$;

COMMENT ON FUNCTION refuse_archive_change() IS
'Statement trigger of an archive: raises 42501 on any write outside maintenance (purging a user '
'is maintenance).';

-- A column added to a live table is added to its archive in the same migration, or months will not
-- fit.
CREATE TABLE interactions_archive (
    LIKE interactions INCLUDING COMMENTS
) PARTITION BY RANGE (created_at);
CREATE TABLE progress_metrics_archive (
    LIKE progress_metrics INCLUDING COMMENTS
) PARTITION BY RANGE (recorded_at);
CREATE TABLE audit_logs_archive (
    LIKE audit_logs INCLUDING COMMENTS
) PARTITION BY RANGE (created_at);

COMMENT ON TABLE interactions_archive IS
'Months of interactions older than a year. Read-only, without foreign keys.';
COMMENT ON TABLE progress_metrics_archive IS
'Months of progress_metrics older than five years. Read-only, without foreign keys.';
COMMENT ON TABLE audit_logs_archive IS
'Months of audit_logs older than two years. Read-only, without foreign keys.';

-- Each is an index of the live table too, so an arriving month brings it along; compress_archive()
-- drops the others.
ALTER TABLE interactions_archive
    ADD CONSTRAINT interactions_archive_pkey PRIMARY KEY (id, created_at);
ALTER TABLE progress_metrics_archive
    ADD CONSTRAINT progress_metrics_archive_pkey PRIMARY KEY (id, recorded_at);
ALTER TABLE audit_logs_archive ADD CONSTRAINT audit_logs_archive_pkey PRIMARY KEY (id, created_at);
CREATE INDEX interactions_archive_user_id_idx ON interactions_archive (user_id);
CREATE INDEX progress_metrics_archive_user_id_idx
ON progress_metrics_archive (user_id, recorded_at);
CREATE INDEX audit_logs_archive_user_id_idx ON audit_logs_archive (user_id);
CREATE INDEX audit_logs_archive_entity_id_idx ON audit_logs_archive (entity_id);

CREATE TRIGGER interactions_archive_read_only
BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON interactions_archive
FOR EACH STATEMENT EXECUTE FUNCTION refuse_archive_change();

CREATE TRIGGER progress_metrics_archive_read_only
BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON progress_metrics_archive
FOR EACH STATEMENT EXECUTE FUNCTION refuse_archive_change();

-- The trail of two years ago is as final as today's; a purge takes names out of both.
CREATE TRIGGER audit_logs_archive_read_only
BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON audit_logs_archive
FOR EACH STATEMENT EXECUTE FUNCTION refuse_archive_change();

CREATE TRIGGER interactions_archive_free_ids
AFTER DELETE ON interactions_archive
REFERENCING OLD TABLE AS old_rows
FOR EACH STATEMENT EXECUTE FUNCTION claim_interaction_ids();

ALTER TABLE interactions_archive ENABLE ROW LEVEL SECURITY;
ALTER TABLE progress_metrics_archive ENABLE ROW LEVEL SECURITY;
ALTER TABLE audit_logs_archive ENABLE ROW LEVEL SECURITY;

CREATE POLICY people_read_own_archived_interactions ON interactions_archive
FOR SELECT TO authenticated_users
USING (user_id = (SELECT me.id FROM my_account AS me));

CREATE POLICY service_reads_all ON interactions_archive
FOR SELECT TO slate_services
USING (true);

CREATE POLICY reader_reads_all ON interactions_archive
FOR SELECT TO slate_readers
USING (true);

CREATE POLICY people_read_own_archived_metrics ON progress_metrics_archive
FOR SELECT TO authenticated_users
USING (user_id = (SELECT me.id FROM my_account AS me));

CREATE POLICY service_reads_all ON progress_metrics_archive
FOR SELECT TO slate_services
USING (true);

CREATE POLICY reader_reads_all ON progress_metrics_archive
FOR SELECT TO slate_readers
USING (true);

CREATE POLICY auditors_read_archived_trail ON audit_logs_archive
FOR SELECT TO slate_auditors
USING (true);

GRANT SELECT ON interactions_archive, progress_metrics_archive
TO authenticated_users, slate_services, slate_readers;
GRANT SELECT ON audit_logs_archive TO slate_auditors;
