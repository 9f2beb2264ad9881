-- depends: spark_0004_create_schools
-- Why:  people of all roles sign in through one table. Two spellings of one address are one person.
-- Lock: none, only new objects. Rollback loses: every account.

CREATE TYPE user_role AS ENUM ('STUDENT', 'TEACHER', 'ADMIN', 'GUARDIAN');
COMMENT ON TYPE user_role IS 'What a person is in Spark. ADMIN runs the school in users.school_id.';

CREATE TABLE users (
    id uuid NOT NULL DEFAULT gen_random_uuid(),
    username varchar(50) NOT NULL,
    email varchar(255) NOT NULL,
    password_hash varchar(255) NOT NULL,
    role user_role NOT NULL,
    school_id uuid,
    preferred_language varchar(5) NOT NULL DEFAULT 'en',
    is_active boolean NOT NULL DEFAULT true,
    email_verified boolean NOT NULL DEFAULT false,
    last_login_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),

    CONSTRAINT users_pkey PRIMARY KEY (id),
    CONSTRAINT users_school_id_fkey FOREIGN KEY (school_id) REFERENCES schools (id)
);

COMMENT ON TABLE users IS 'Accounts. Names and the game''s state are in profiles.';
COMMENT ON COLUMN users.email IS 'Unique whatever its case; not shown to reports.';
COMMENT ON COLUMN users.username IS 'Sign-in name, unique.';
COMMENT ON COLUMN users.role IS
'What the person is; stays while enrolments, classes, guilds or links rely on it.';
COMMENT ON COLUMN users.is_active IS
'False: the account acts and reads as nobody from the next statement on.';
COMMENT ON COLUMN users.email_verified IS 'Whether the address has been confirmed.';
COMMENT ON COLUMN users.last_login_at IS 'The last sign-in; NULL before the first.';
COMMENT ON COLUMN users.password_hash IS
'Never shown to people or reports, never written to audit_logs.';
COMMENT ON COLUMN users.school_id IS 'NULL for guardians and for the platform''s own staff.';
COMMENT ON COLUMN users.preferred_language IS 'ISO language code, e.g. en, hi, en-IN.';

CREATE UNIQUE INDEX idx_users_email ON users (email);
CREATE UNIQUE INDEX idx_users_username ON users (username);
CREATE INDEX idx_users_school_role ON users (school_id, role);
CREATE INDEX idx_users_active ON users (is_active) WHERE is_active = true;

-- One mailbox, one account: 'A@x' and 'a@x' are the same. Also serves sign-in by lower(email).
CREATE UNIQUE INDEX users_lower_email_key ON users (lower(email));

CREATE TRIGGER update_users_updated_at
BEFORE UPDATE ON users
FOR EACH ROW EXECUTE FUNCTION core.touch_updated_at();

ALTER TABLE users ENABLE ROW LEVEL SECURITY;

-- What policies ask: a view costs a look-up by key, a function of the same answer four times that.
-- Its owner's rights decide (a policy of users cannot ask users as the caller), hence the barrier.
CREATE VIEW my_account WITH (security_barrier) AS
SELECT u.id
FROM users AS u
WHERE u.id = (SELECT claimed_user_id()) AND u.is_active;

COMMENT ON VIEW my_account IS
'The caller''s own account while it is open, which is current_user_id(); no row for anybody else.';
COMMENT ON COLUMN my_account.id IS 'users.id of the caller.';

SELECT core.grant_to_own('SELECT ON my_account', 'people');

CREATE POLICY people_read_themselves ON users
FOR SELECT TO authenticated_users
USING (id = (SELECT me.id FROM my_account AS me));

CREATE POLICY people_change_themselves ON users
FOR UPDATE TO authenticated_users
USING (id = (SELECT me.id FROM my_account AS me));

CREATE POLICY class_teachers_read_their_students ON users
FOR SELECT TO authenticated_users
USING (id = ANY ((SELECT my_student_ids())::uuid[]));

CREATE POLICY guardians_read_users ON users
FOR SELECT TO authenticated_users
USING (id = ANY ((SELECT my_child_ids())::uuid[]));

CREATE POLICY admins_read_users ON users
FOR SELECT TO authenticated_users
USING (school_id = ANY ((SELECT my_school_ids())::uuid[]));

CREATE POLICY service_manages_all ON users
FOR ALL TO slate_services
USING (true);

CREATE POLICY reader_reads_all ON users
FOR SELECT TO slate_readers
USING (true);

GRANT SELECT (
    id, username, email, role, school_id, preferred_language, is_active, email_verified,
    last_login_at, created_at, updated_at
) ON users TO authenticated_users;
GRANT UPDATE (preferred_language, updated_at) ON users TO authenticated_users;
GRANT SELECT, INSERT, UPDATE, DELETE ON users TO slate_services;
GRANT SELECT (
    id, username, role, school_id, preferred_language, is_active, email_verified, last_login_at,
    created_at, updated_at
) ON users TO slate_readers;

-- Definer: a student's school is not always visible to who writes for the student.
CREATE FUNCTION school_day(p_user_id uuid, p_at timestamptz DEFAULT now()) RETURNS date
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path FROM CURRENT
AS $$
BEGIN
    RETURN (
        SELECT (p_at AT TIME ZONE coalesce(s.timezone, 'UTC'))::date
        FROM users AS u
        LEFT JOIN schools AS s ON s.id = u.school_id
        WHERE u.id = p_user_id
    );
END;
$$;

COMMENT ON FUNCTION school_day(uuid, timestamptz) IS
'The date it is at a moment in the zone of the user''s school, UTC without a school; NULL for an '
'unknown user. Reads only.';

-- Not for people: it would tell of anybody whether there is such a user, and where.
GRANT EXECUTE ON FUNCTION school_day(uuid, timestamptz) TO slate_services;
