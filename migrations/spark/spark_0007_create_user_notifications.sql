-- depends: spark_0006_create_audit_logs
-- Why:  what the game, teachers and the system tell a person. Made before the game: badges and
--       levels announce here.
-- Lock: none, only new objects. Rollback loses: every notification.

CREATE TYPE notification_type AS ENUM (
    'ACHIEVEMENT', 'ASSIGNMENT', 'ANNOUNCEMENT', 'REMINDER', 'SYSTEM', 'BADGE_EARNED', 'LEVEL_UP',
    'GUILD_MESSAGE'
);
COMMENT ON TYPE notification_type IS 'What a notification is about.';

CREATE TYPE notification_priority AS ENUM ('LOW', 'NORMAL', 'HIGH', 'URGENT');
COMMENT ON TYPE notification_priority IS
'How loudly a client shows a notification, quietest first.';

CREATE TABLE user_notifications (
    id uuid NOT NULL DEFAULT gen_random_uuid(),
    user_id uuid NOT NULL,
    title varchar(200) NOT NULL,
    message text NOT NULL,
    type notification_type NOT NULL,
    priority notification_priority NOT NULL DEFAULT 'NORMAL',
    is_read boolean NOT NULL DEFAULT false,
    data jsonb,
    expires_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),

    CONSTRAINT user_notifications_pkey PRIMARY KEY (id),
    CONSTRAINT user_notifications_dates_are_finite_check CHECK (isfinite(expires_at)),
    CONSTRAINT user_notifications_user_id_fkey FOREIGN KEY (user_id)
        REFERENCES users (id) ON DELETE CASCADE
);

COMMENT ON TABLE user_notifications IS
'Messages to one person. Read ones leave after 30 days (job cleanup_notifications), all at '
'expires_at (job expire_notifications).';
COMMENT ON COLUMN user_notifications.is_read IS
'Set by the person; read ones leave after the period of retention_settings.';
COMMENT ON COLUMN user_notifications.data IS
'What the client needs to open the thing: ids and the like.';
COMMENT ON COLUMN user_notifications.expires_at IS
'From then on not shown and soon deleted, read or not; NULL never.';

CREATE INDEX idx_notifications_user ON user_notifications (user_id);
CREATE INDEX idx_notifications_unread
ON user_notifications (user_id, is_read)
WHERE is_read = false;
CREATE INDEX idx_notifications_type ON user_notifications (type);
CREATE INDEX idx_notifications_created ON user_notifications (created_at DESC);
CREATE INDEX idx_notifications_cleanup
ON user_notifications (expires_at)
WHERE expires_at IS NOT NULL;

ALTER TABLE user_notifications ENABLE ROW LEVEL SECURITY;

CREATE POLICY people_read_own_notifications ON user_notifications
FOR SELECT TO authenticated_users
USING (user_id = (SELECT me.id FROM my_account AS me));

CREATE POLICY people_change_own_notifications ON user_notifications
FOR UPDATE TO authenticated_users
USING (user_id = (SELECT me.id FROM my_account AS me));

CREATE POLICY service_manages_all ON user_notifications
FOR ALL TO slate_services
USING (true);

CREATE POLICY reader_reads_all ON user_notifications
FOR SELECT TO slate_readers
USING (true);

GRANT SELECT ON user_notifications TO authenticated_users;
GRANT UPDATE (is_read) ON user_notifications TO authenticated_users;
GRANT SELECT, INSERT, UPDATE, DELETE ON user_notifications TO slate_services;
GRANT SELECT ON user_notifications TO slate_readers;
