-- depends: spark_0030_create_assignment_submissions
-- Why:  what an offline client sent and what became of it.
-- Lock: none, only new objects. Rollback loses: every sync log.

CREATE TYPE sync_status AS ENUM ('PENDING', 'PROCESSING', 'COMPLETED', 'FAILED', 'CONFLICT');
COMMENT ON TYPE sync_status IS
'CONFLICT while a conflict of the log is unresolved; COMPLETED and FAILED leave after 30 days.';

CREATE TABLE sync_logs (
    id uuid NOT NULL DEFAULT gen_random_uuid(),
    user_id uuid NOT NULL,
    device_id varchar(100) NOT NULL,
    actions jsonb NOT NULL,
    status sync_status NOT NULL DEFAULT 'PENDING',
    processed_actions integer NOT NULL DEFAULT 0,
    failed_actions integer NOT NULL DEFAULT 0,
    conflicts jsonb,
    error_message text,
    processed_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),

    CONSTRAINT sync_logs_pkey PRIMARY KEY (id),
    CONSTRAINT sync_logs_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE,
    CONSTRAINT sync_logs_dates_are_finite_check CHECK (
        isfinite(processed_at)
        AND isfinite(created_at)
    ),
    CONSTRAINT sync_logs_actions_check CHECK (jsonb_typeof(actions) = 'array'),
    CONSTRAINT sync_logs_processed_actions_check CHECK (processed_actions >= 0),
    CONSTRAINT sync_logs_failed_actions_check CHECK (failed_actions >= 0)
);

COMMENT ON TABLE sync_logs IS
'One upload of an offline client. Done ones move to sync_logs_archive after 30 days.';
COMMENT ON COLUMN sync_logs.device_id IS 'The device''s own name for itself.';
COMMENT ON COLUMN sync_logs.status IS 'CONFLICT exactly while one of its conflicts is open.';
COMMENT ON COLUMN sync_logs.processed_actions IS 'Actions done, 0 or more.';
COMMENT ON COLUMN sync_logs.failed_actions IS 'Actions refused, 0 or more.';
COMMENT ON COLUMN sync_logs.error_message IS 'Why it FAILED.';
COMMENT ON COLUMN sync_logs.actions IS
'What the client asks for: an array of actions, in its own words.';
COMMENT ON COLUMN sync_logs.conflicts IS
'The service''s summary; the conflicts themselves are in sync_conflicts.';

CREATE INDEX idx_sync_logs_user ON sync_logs (user_id);
CREATE INDEX idx_sync_logs_device ON sync_logs (device_id);
CREATE INDEX idx_sync_logs_status ON sync_logs (status);
CREATE INDEX idx_sync_logs_created ON sync_logs (created_at DESC);

-- An upload that is worked on again is not done with.
CREATE TRIGGER sync_logs_begin_again
BEFORE UPDATE OF status ON sync_logs
FOR EACH ROW WHEN (
    NEW.status IN ('PENDING', 'PROCESSING') AND NEW.processed_at = OLD.processed_at
) EXECUTE FUNCTION core.empty_column('processed_at');

ALTER TABLE sync_logs ENABLE ROW LEVEL SECURITY;

CREATE POLICY people_read_own_sync_logs ON sync_logs
FOR SELECT TO authenticated_users
USING (user_id = (SELECT me.id FROM my_account AS me));

CREATE POLICY people_add_own_sync_logs ON sync_logs
FOR INSERT TO authenticated_users
WITH CHECK (user_id = (SELECT me.id FROM my_account AS me));

CREATE POLICY service_manages_all ON sync_logs
FOR ALL TO slate_services
USING (true);

CREATE POLICY reader_reads_all ON sync_logs
FOR SELECT TO slate_readers
USING (true);

GRANT SELECT ON sync_logs TO authenticated_users;
GRANT INSERT (id, user_id, device_id, actions, status, processed_actions, processed_at) ON sync_logs
TO authenticated_users;
GRANT SELECT, INSERT, UPDATE, DELETE ON sync_logs TO slate_services;
GRANT SELECT ON sync_logs TO slate_readers;
