-- depends: learning_0012_create_progress_metrics
-- Why:  who did what, for compliance: append-only, by month, kept two years, read by auditors
--       alone.
-- Lock: brief on users (new foreign key). Rollback loses: the trail.

CREATE TABLE audit_logs (
    id uuid NOT NULL DEFAULT gen_random_uuid(),
    user_id uuid DEFAULT claimed_user_id(),
    action varchar(100) NOT NULL,
    entity_type varchar(50) NOT NULL,
    entity_id uuid,
    old_values jsonb,
    new_values jsonb,
    ip_address inet,
    user_agent text,
    created_at timestamptz NOT NULL DEFAULT now(),
    session_id varchar(255),
    is_success boolean NOT NULL DEFAULT true,
    error_message text,

    CONSTRAINT audit_logs_pkey PRIMARY KEY (id, created_at),
    -- A user who left a trail is anonymised, never removed: the reference always holds.
    CONSTRAINT audit_logs_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id),
    CONSTRAINT audit_logs_created_at_finite_check CHECK (isfinite(created_at)),
    CONSTRAINT audit_logs_no_secrets_check CHECK (
        NOT jsonb_path_exists(
            old_values, '$.** ? (exists (@.password) || exists (@.password_hash))'
        )
        AND NOT jsonb_path_exists(
            new_values, '$.** ? (exists (@.password) || exists (@.password_hash))'
        )
    )
) PARTITION BY RANGE (created_at);

COMMENT ON TABLE audit_logs IS
'The trail. Rows are only ever added. One partition a month; after two years a month moves to '
'audit_logs_archive.';
COMMENT ON COLUMN audit_logs.id IS 'Unique over all months and the archive, see audit_log_keys.';
COMMENT ON COLUMN audit_logs.user_id IS 'Who did it, from app.user_id; NULL for the system.';
COMMENT ON COLUMN audit_logs.action IS
'What was done: create, update, delete, soft_delete, restore, purge, or the service''s own word.';
COMMENT ON COLUMN audit_logs.entity_type IS 'Table concerned.';
COMMENT ON COLUMN audit_logs.entity_id IS 'Row concerned.';
COMMENT ON COLUMN audit_logs.old_values IS
'Changed columns before. Personal ones only by name; never a password.';
COMMENT ON COLUMN audit_logs.new_values IS
'Changed columns after; "redacted" lists those whose values are not kept.';
COMMENT ON COLUMN audit_logs.ip_address IS 'Client address, from app.ip_address.';
COMMENT ON COLUMN audit_logs.user_agent IS 'Client program, from app.user_agent.';
COMMENT ON COLUMN audit_logs.created_at IS
'When it happened, from the database; decides the month.';
COMMENT ON COLUMN audit_logs.is_success IS 'False for what was refused or failed.';
COMMENT ON COLUMN audit_logs.session_id IS
'Web session, from app.session_id; not a learning session.';
COMMENT ON COLUMN audit_logs.error_message IS 'Why it failed, when is_success is false.';

CREATE INDEX idx_audit_logs_user_id ON audit_logs (user_id);
CREATE INDEX idx_audit_logs_action ON audit_logs (action);
CREATE INDEX idx_audit_logs_entity_type ON audit_logs (entity_type);
CREATE INDEX idx_audit_logs_entity_id ON audit_logs (entity_id);
CREATE INDEX idx_audit_logs_created_at ON audit_logs (created_at);
CREATE INDEX idx_audit_logs_is_success ON audit_logs (is_success);
CREATE INDEX idx_audit_logs_session_id ON audit_logs (session_id);

CREATE TABLE audit_log_keys (
    id uuid NOT NULL,
    created_at timestamptz NOT NULL,

    CONSTRAINT audit_log_keys_pkey PRIMARY KEY (id)
);

COMMENT ON TABLE audit_log_keys IS
'Each audit_logs.id and its created_at, archive included: makes the id unique over the months. '
'Kept by triggers.';

COMMENT ON COLUMN audit_log_keys.id IS 'Id of an entry, live or archived.';
COMMENT ON COLUMN audit_log_keys.created_at IS 'Its time, and so its month.';

-- SECURITY DEFINER: as claim_interaction_ids().
CREATE FUNCTION claim_audit_log_ids() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path FROM CURRENT
AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO audit_log_keys (id, created_at) SELECT n.id, n.created_at FROM new_rows AS n;
    ELSE
        DELETE FROM audit_log_keys AS k WHERE k.id = ANY (ARRAY(SELECT o.id FROM old_rows AS o));
    END IF;
    RETURN NULL;
END;
$$;

COMMENT ON FUNCTION claim_audit_log_ids() IS
'Statement trigger of audit_logs: an id is taken once over all months and the archive (23505 on '
'the primary key of audit_log_keys) and freed when its row is deleted.';

CREATE TRIGGER audit_logs_claim_ids
AFTER INSERT ON audit_logs
REFERENCING NEW TABLE AS new_rows
FOR EACH STATEMENT EXECUTE FUNCTION claim_audit_log_ids();

CREATE TRIGGER audit_logs_free_ids
AFTER DELETE ON audit_logs
REFERENCING OLD TABLE AS old_rows
FOR EACH STATEMENT EXECUTE FUNCTION claim_audit_log_ids();

CREATE TRIGGER audit_logs_append_only
BEFORE UPDATE OR DELETE ON audit_logs
FOR EACH ROW EXECUTE FUNCTION core.refuse_change();

CREATE TRIGGER audit_logs_refuse_truncate
BEFORE TRUNCATE ON audit_logs
FOR EACH STATEMENT EXECUTE FUNCTION core.refuse_change();

ALTER TABLE audit_logs ENABLE ROW LEVEL SECURITY;

CREATE POLICY auditors_read_trail ON audit_logs
FOR SELECT TO slate_auditors
USING (true);

CREATE POLICY service_adds_all ON audit_logs
FOR INSERT TO slate_services
WITH CHECK (true);

GRANT SELECT ON audit_logs TO slate_auditors;
-- Without id, user_id and created_at: they come from the database, so nothing can be dated back or
-- be said of another.
GRANT INSERT (
    action, entity_type, entity_id, old_values, new_values,
    ip_address, user_agent, session_id, is_success, error_message
) ON audit_logs TO slate_services;

SELECT create_month_partitions('audit_logs', 3, 1);
