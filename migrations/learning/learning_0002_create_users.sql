-- depends: learning_0001_open_schema
-- Why:  accounts. A user is kept for ever: deleting is a mark, purging leaves an anonymous row.
-- Lock: none, only new objects. Rollback loses: every account.

CREATE TABLE users (
    id uuid NOT NULL DEFAULT gen_random_uuid(),
    email varchar(255) NOT NULL,
    username varchar(50) NOT NULL,
    password_hash varchar(255) NOT NULL,
    first_name varchar(100),
    last_name varchar(100),
    profile_picture_url varchar(500),
    preferences jsonb,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    deleted_at timestamptz,
    is_active boolean NOT NULL DEFAULT true,
    last_login_at timestamptz,

    CONSTRAINT users_pkey PRIMARY KEY (id),
    CONSTRAINT users_password_hash_check CHECK (password_hash ~ '^\$2[aby]\$\d\d\$.{53}$'),
    CONSTRAINT users_preferences_check CHECK (jsonb_typeof(preferences) = 'object'),
    CONSTRAINT users_deleted_not_active_check CHECK (deleted_at IS NULL OR NOT is_active),
    CONSTRAINT users_times_finite_check CHECK (
        isfinite(created_at) AND isfinite(updated_at) AND isfinite(deleted_at)
        AND isfinite(last_login_at)
    )
);

COMMENT ON TABLE users IS
'Accounts. A row is never removed: deleted_at marks it, purge_user() anonymises it and removes '
'what hangs on it.';
COMMENT ON COLUMN users.id IS 'Key of the tenant everywhere; a purge puts another in its place.';
COMMENT ON COLUMN users.email IS
'Login address. A soft-deleted account still holds it, until it is purged.';
COMMENT ON COLUMN users.username IS 'Unique name to log in and be shown by.';
COMMENT ON COLUMN users.password_hash IS
'bcrypt ($2a$, $2b$ or $2y$, 60 characters), never clear text.';
COMMENT ON COLUMN users.first_name IS 'Given name; NULL when not told, or purged.';
COMMENT ON COLUMN users.last_name IS 'Family name; NULL when not told, or purged.';
COMMENT ON COLUMN users.profile_picture_url IS
'Where the picture lies; the database does not fetch it.';
COMMENT ON COLUMN users.preferences IS 'Settings of the user, a JSON object.';
COMMENT ON COLUMN users.created_at IS 'When the account was made.';
COMMENT ON COLUMN users.updated_at IS 'Time of the last change, kept by the database.';
COMMENT ON COLUMN users.deleted_at IS
'Soft delete; NULL for a live account. Sets is_active to false.';
COMMENT ON COLUMN users.is_active IS
'May log in and act; false ends both from the next statement on. False keeps the account but '
'shortens retention of its interactions.';
COMMENT ON COLUMN users.last_login_at IS 'Last successful login.';

-- The documented indexes are these: an index and a unique rule on one column are one index.
CREATE UNIQUE INDEX idx_users_email ON users (email);
CREATE UNIQUE INDEX idx_users_username ON users (username);
CREATE INDEX idx_users_created_at ON users (created_at);
CREATE INDEX idx_users_is_active_deleted_at ON users (is_active, deleted_at);

-- Serves: who of the active users has not been here for long.
CREATE INDEX users_last_login_at_idx ON users (last_login_at)
WHERE is_active AND deleted_at IS NULL;

CREATE FUNCTION deactivate_deleted_user() RETURNS trigger
LANGUAGE plpgsql
SET search_path FROM CURRENT
AS $$
BEGIN
    NEW.is_active := false;
    RETURN NEW;
END;
$$;

COMMENT ON FUNCTION deactivate_deleted_user() IS
'Sets is_active to false; its triggers fire when deleted_at is set.';

CREATE TRIGGER users_insert_deleted_inactive
BEFORE INSERT ON users
FOR EACH ROW WHEN (NEW.deleted_at IS NOT NULL)
EXECUTE FUNCTION deactivate_deleted_user();

CREATE TRIGGER users_delete_deactivates
BEFORE UPDATE OF deleted_at ON users
FOR EACH ROW WHEN (OLD.deleted_at IS NULL AND NEW.deleted_at IS NOT NULL)
EXECUTE FUNCTION deactivate_deleted_user();

CREATE TRIGGER update_users_updated_at
BEFORE UPDATE ON users
FOR EACH ROW EXECUTE FUNCTION core.touch_updated_at();

ALTER TABLE users ENABLE ROW LEVEL SECURITY;

-- What policies ask: a view costs a look-up by key, a function of the same answer four times that.
-- Its owner's rights decide (a policy of users cannot ask users as the caller), hence the barrier.
CREATE VIEW my_account WITH (security_barrier) AS
SELECT u.id
FROM users AS u
WHERE u.id = (SELECT claimed_user_id()) AND u.is_active AND u.deleted_at IS NULL;

COMMENT ON VIEW my_account IS
'The caller''s own account while it is open, which is current_user_id(); no row for anybody else.';
COMMENT ON COLUMN my_account.id IS 'users.id of the caller.';

SELECT core.grant_to_own('SELECT ON my_account', 'people');

CREATE POLICY people_read_themselves ON users
FOR SELECT TO authenticated_users
USING (id = (SELECT me.id FROM my_account AS me));

CREATE POLICY people_change_themselves ON users
FOR UPDATE TO authenticated_users
USING (id = (SELECT me.id FROM my_account AS me))
WITH CHECK (id = (SELECT me.id FROM my_account AS me));

CREATE POLICY service_manages_all ON users
FOR ALL TO slate_services
USING (true);

CREATE POLICY reader_reads_all ON users
FOR SELECT TO slate_readers
USING (true);

-- Nobody reads the hash but the back end, and nobody deletes: accounts are permanent.
GRANT SELECT (
    id, email, username, first_name, last_name, profile_picture_url, preferences,
    created_at, updated_at, deleted_at, is_active, last_login_at
) ON users TO authenticated_users;
-- Without email: a report needs no address.
GRANT SELECT (
    id, username, first_name, last_name, profile_picture_url, preferences,
    created_at, updated_at, deleted_at, is_active, last_login_at
) ON users TO slate_readers;
-- Neither address nor user name: who could write them could ask whose they are. The back end does,
-- when it has made sure that the address is the person's.
GRANT UPDATE (first_name, last_name, profile_picture_url, preferences)
ON users TO authenticated_users;
GRANT SELECT, INSERT, UPDATE ON users TO slate_services;
