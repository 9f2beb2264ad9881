-- depends: vividly_0021_create_bulk_upload_jobs
-- Why:  the law asks who looked at a minor's data, for seven years. A table cannot be divided
--       afterwards, so it is by month from the beginning.
-- Lock: none, only new objects. Rollback loses: the audit trail, except what is archived already.

CREATE SEQUENCE audit_logs_id_seq;

CREATE TABLE audit_logs (
    id bigint NOT NULL DEFAULT nextval('audit_logs_id_seq'),
    user_id varchar(50),
    user_role user_role,
    action varchar(100) NOT NULL,
    resource_type varchar(50),
    resource_id varchar(50),
    ip_address inet,
    user_agent text,
    metadata jsonb NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT current_timestamp,

    CONSTRAINT audit_logs_pkey PRIMARY KEY (id, created_at),
    CONSTRAINT audit_logs_user_id_fkey FOREIGN KEY (user_id)
        REFERENCES users (id) ON DELETE SET NULL,
    CONSTRAINT audit_logs_metadata_check CHECK (jsonb_typeof(metadata) = 'object'),
    CONSTRAINT audit_logs_times_check CHECK (
        isfinite(created_at)
    )
) PARTITION BY RANGE (created_at);

ALTER SEQUENCE audit_logs_id_seq OWNED BY audit_logs.id;

COMMENT ON TABLE audit_logs IS
'Who did what to which resource, by month. Append-only; see log_action().';
COMMENT ON COLUMN audit_logs.user_id IS
'The actor; NULL once the account is deleted, and for the system itself.';
COMMENT ON COLUMN audit_logs.user_role IS 'The actor''s role then.';
COMMENT ON COLUMN audit_logs.action IS
'A verb and a noun: view_student_data, delete_user, … An open list.';
COMMENT ON COLUMN audit_logs.resource_type IS 'user, content, progress, … An open list.';
COMMENT ON COLUMN audit_logs.resource_id IS
'The id there; of a longer one (topics.id has 100) the beginning, and the whole in '
'metadata.resource_id.';
COMMENT ON COLUMN audit_logs.metadata IS
'Free. Never a password, a token, or a copy of personal data.';

CREATE INDEX idx_audit_logs_user ON audit_logs (user_id, created_at DESC);
CREATE INDEX idx_audit_logs_resource ON audit_logs (resource_type, resource_id);
CREATE INDEX idx_audit_logs_created ON audit_logs (created_at DESC);

-- user_id may become NULL: that is what deleting the account does.
CREATE TRIGGER audit_logs_refuse_change
BEFORE UPDATE OR DELETE ON audit_logs
FOR EACH ROW EXECUTE FUNCTION core.refuse_change('user_id');
CREATE TRIGGER audit_logs_refuse_truncate
BEFORE TRUNCATE ON audit_logs
FOR EACH STATEMENT EXECUTE FUNCTION core.refuse_change();

ALTER TABLE audit_logs ENABLE ROW LEVEL SECURITY;

CREATE POLICY internal_admins_read_audit_logs ON audit_logs
FOR SELECT TO authenticated_users
USING ((SELECT may_read_audit()));

CREATE POLICY service_reads_all ON audit_logs
FOR SELECT TO slate_services
USING (true);

CREATE POLICY service_adds_all ON audit_logs
FOR INSERT TO slate_services
WITH CHECK (true);

CREATE POLICY reader_reads_all ON audit_logs
FOR SELECT TO slate_readers
USING (true);

GRANT SELECT ON audit_logs TO authenticated_users, slate_readers;
GRANT SELECT, INSERT ON audit_logs TO slate_services;
SELECT core.grant_to_own('USAGE ON SEQUENCE audit_logs_id_seq', 'service');

-- Last month for late rows, half a year ahead; the monthly job keeps it so.
SELECT * FROM core.ensure_partitions('audit_logs', 'month', 6, 1);
