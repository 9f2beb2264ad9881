-- depends: physed_0007_create_user_preferences
-- Why:  user actions are logged with context. A log grows for ever, so it is divided by month and
--       retired by month.
-- Lock: none, only new objects. Rollback loses: the log.

CREATE SEQUENCE activity_logs_id_seq AS integer;

CREATE TABLE activity_logs (
    id integer NOT NULL DEFAULT nextval('activity_logs_id_seq'),
    user_id uuid,
    action varchar(100) NOT NULL,
    context jsonb,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),

    CONSTRAINT activity_logs_pkey PRIMARY KEY (id, created_at),
    CONSTRAINT activity_logs_user_id_fkey FOREIGN KEY (user_id)
        REFERENCES users (id) ON UPDATE CASCADE ON DELETE SET NULL,
    CONSTRAINT activity_logs_action_not_blank_check CHECK (action ~ '[^[:space:]\u00a0\u200b]'),
    CONSTRAINT activity_logs_context_object_check CHECK (jsonb_typeof(context) = 'object')
) PARTITION BY RANGE (created_at);

ALTER SEQUENCE activity_logs_id_seq OWNED BY activity_logs.id;

COMMENT ON TABLE activity_logs IS
'What people did, by month of created_at (UTC). Retention: retention_settings.';
COMMENT ON COLUMN activity_logs.user_id IS 'Who did it; NULL after the account is gone.';
COMMENT ON COLUMN activity_logs.action IS 'Noun and verb, such as medical_notes.read.';
COMMENT ON COLUMN activity_logs.context IS 'What it was done to; no secrets.';

CREATE INDEX activity_logs_user_id_created_at_idx ON activity_logs (user_id, created_at);
CREATE INDEX activity_logs_created_at_idx ON activity_logs (created_at);

CREATE TRIGGER update_activity_logs_updated_at
BEFORE UPDATE ON activity_logs
FOR EACH ROW EXECUTE FUNCTION core.touch_updated_at();

ALTER TABLE activity_logs ENABLE ROW LEVEL SECURITY;

CREATE POLICY people_read_own_actions ON activity_logs
FOR SELECT TO authenticated_users
USING (user_id = (SELECT me.id FROM my_account AS me));

CREATE POLICY service_reads_all ON activity_logs
FOR SELECT TO slate_services
USING (true);

-- Not what only the database says.
CREATE POLICY service_adds_all ON activity_logs
FOR INSERT TO slate_services
WITH CHECK (action !~* '^\s*medical_notes');

CREATE POLICY reader_reads_all ON activity_logs
FOR SELECT TO slate_readers
USING (true);

GRANT SELECT ON activity_logs TO authenticated_users;
GRANT SELECT, INSERT ON activity_logs TO slate_services;
SELECT core.grant_to_own('USAGE ON SEQUENCE activity_logs_id_seq', 'service');
GRANT SELECT (id, user_id, action, created_at, updated_at) ON activity_logs TO slate_readers;

-- Three months ahead; the job create_partitions_ahead keeps it so.
SELECT core.ensure_partitions('activity_logs', 'month', 3);

-- Definer: people may add to the log under their own name only, and never choose that name.
CREATE FUNCTION log_action(p_action text, p_context jsonb DEFAULT NULL) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER
SET search_path FROM CURRENT
AS $$
BEGIN
    IF p_action ~* '^\s*medical_notes' THEN
        RAISE EXCEPTION 'action "%" is logged by the database alone', p_action
            USING ERRCODE = 'insufficient_privilege', TABLE = 'activity_logs', COLUMN = 'action',
            HINT = 'Choose a name that does not begin with medical_notes.';
    END IF;
    INSERT INTO activity_logs (user_id, action, context)
    VALUES (current_user_id(), p_action, p_context);
END;
$$;

COMMENT ON FUNCTION log_action(text, jsonb) IS
'Adds one row to activity_logs for the current user. Writes in the caller''s transaction: a '
'rollback takes it back. 42501 for what only the database says, such as medical_notes.read.';

GRANT EXECUTE ON FUNCTION log_action(text, jsonb) TO authenticated_users, slate_services;
