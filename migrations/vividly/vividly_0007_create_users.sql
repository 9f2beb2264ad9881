-- depends: vividly_0006_create_organizations
-- Why:  everybody who signs in, and all that is known of a minor as a person: names, e-mail, grade.
-- Lock: none, only new objects. Rollback loses: every account.

CREATE TYPE user_role AS ENUM (
    'student',
    'teacher',
    'school_admin',
    'district_admin',
    'vividly_admin',
    'vividly_ops',
    'vividly_curriculum'
);

COMMENT ON TYPE user_role IS
'The first three belong to a school, the fourth to a district, Vividly''s own people to the '
'internal district.';

CREATE TABLE users (
    id varchar(50) NOT NULL,
    email varchar(255) NOT NULL,
    password_hash varchar(255) NOT NULL,
    email_verified boolean NOT NULL DEFAULT false,
    first_name varchar(100) NOT NULL,
    last_name varchar(100) NOT NULL,
    role user_role NOT NULL,
    org_id varchar(50) NOT NULL,
    student_id varchar(50),
    grade_level integer,
    is_active boolean NOT NULL DEFAULT true,
    last_login_at timestamptz,
    reset_token varchar(255),
    reset_token_expires_at timestamptz,
    metadata jsonb NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT current_timestamp,
    updated_at timestamptz NOT NULL DEFAULT current_timestamp,
    deleted_at timestamptz,
    district_id varchar(50) NOT NULL,
    closed_email varchar(255),

    CONSTRAINT users_pkey PRIMARY KEY (id),
    CONSTRAINT users_id_org_id_key UNIQUE (id, org_id),
    -- Together with the district, which so follows when a school changes hands.
    CONSTRAINT users_org_id_fkey FOREIGN KEY (org_id, district_id)
        REFERENCES organizations (id, district_id) ON UPDATE CASCADE ON DELETE RESTRICT,
    CONSTRAINT users_check CHECK (
        (role = 'student' AND grade_level IS NOT NULL)
        OR (role <> 'student' AND grade_level IS NULL)
    ),
    CONSTRAINT users_student_id_check CHECK (role = 'student' OR student_id IS NULL),
    CONSTRAINT users_grade_level_check CHECK (grade_level BETWEEN 0 AND 12),
    CONSTRAINT users_metadata_check CHECK (jsonb_typeof(metadata) = 'object'),
    CONSTRAINT users_times_check CHECK (
        isfinite(last_login_at) AND isfinite(reset_token_expires_at) AND isfinite(created_at)
        AND isfinite(updated_at) AND isfinite(deleted_at)
    )
);

COMMENT ON TABLE users IS
'All accounts: students, teachers, administrators, Vividly''s own people.';
COMMENT ON COLUMN users.id IS
'generate_id(''user''). Columns called student_id in other tables hold this.';
COMMENT ON COLUMN users.email IS
'Lower case and trimmed on write; unique. Of a deleted account id@closed.invalid.';
COMMENT ON COLUMN users.closed_email IS
'The address of a deleted account, which comes back when it is restored; NULL while it lives.';
COMMENT ON COLUMN users.password_hash IS 'bcrypt. Readable by the service alone.';
COMMENT ON COLUMN users.student_id IS
'The number the district gave the student, unique in the district; NULL for others. Not users.id.';
COMMENT ON COLUMN users.grade_level IS '0 (kindergarten) to 12, of students only.';
COMMENT ON COLUMN users.reset_token IS
'''sha256:'' and the digest of the token mailed out; a plain token is digested on write. See '
'redeem_reset_token().';
COMMENT ON COLUMN users.deleted_at IS
'Soft delete: people no longer see the row, the e-mail is free again.';
COMMENT ON COLUMN users.district_id IS
'The district of org_id. Derived; whatever is written is replaced.';

-- Of all accounts, so that ON CONFLICT (email) and look-ups by the address alone go by it; the
-- address of a deleted account moves to closed_email and can be used again.
CREATE UNIQUE INDEX idx_users_email ON users (email);
CREATE INDEX idx_users_org_role ON users (org_id, role) WHERE deleted_at IS NULL;
CREATE UNIQUE INDEX idx_users_student_id ON users (student_id, district_id)
WHERE student_id IS NOT NULL;
CREATE INDEX idx_users_activation ON users (org_id, role, last_login_at DESC)
WHERE is_active = true AND deleted_at IS NULL;
CREATE INDEX idx_users_search ON users
USING gin (to_tsvector('english', first_name || ' ' || last_name || ' ' || email));
-- 'english' drops Will, Don and Can as stop words, and stems names. This one finds them; see
-- user_search.sql.
CREATE INDEX users_names_search_idx ON users
USING gin (to_tsvector('simple', first_name || ' ' || last_name));
-- For the foreign key and the policies; the documented ones above leave deleted accounts out.
CREATE INDEX users_org_id_district_id_idx ON users (org_id, district_id);
-- Serves the hourly job, which otherwise reads every account to find the few with a token.
CREATE INDEX users_reset_token_expires_at_idx ON users (reset_token_expires_at)
WHERE reset_token_expires_at IS NOT NULL;

CREATE TRIGGER update_users_updated_at
BEFORE UPDATE ON users
FOR EACH ROW EXECUTE FUNCTION update_updated_at_column();

-- SECURITY DEFINER: the organization must be found whoever writes.
CREATE FUNCTION fit_user_to_organization() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path FROM CURRENT
AS $$
DECLARE
    v_org organizations;
BEGIN
    SELECT o.* INTO v_org FROM organizations AS o WHERE o.id = NEW.org_id FOR KEY SHARE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'organization "%" does not exist', NEW.org_id
            USING ERRCODE = 'foreign_key_violation', TABLE = TG_TABLE_NAME, COLUMN = 'org_id',
            CONSTRAINT = 'users_org_id_fkey';
    END IF;
    IF (NEW.role IN ('student', 'teacher', 'school_admin')) <> (v_org.org_type = 'school') THEN
        RAISE EXCEPTION 'a % cannot belong to "%", which is a %',
            NEW.role, NEW.org_id, v_org.org_type
            USING ERRCODE = 'check_violation', TABLE = TG_TABLE_NAME, COLUMN = 'org_id',
            CONSTRAINT = 'users_role_fits_organization_check',
            HINT = 'Students, teachers and school_admins belong to a school, '
                'all others to a district.';
    END IF;
    NEW.district_id := v_org.district_id;
    RETURN NEW;
END;
$$;

COMMENT ON FUNCTION fit_user_to_organization() IS
'BEFORE row trigger of users: the role fits the kind of organization; fills district_id.';

CREATE TRIGGER users_fit_their_organization
BEFORE INSERT OR UPDATE OF role, org_id, district_id ON users
FOR EACH ROW EXECUTE FUNCTION fit_user_to_organization();

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
USING (id = (SELECT me.id FROM my_account AS me) AND deleted_at IS NULL);

CREATE POLICY administrators_read_school_people ON users
FOR SELECT TO authenticated_users
USING (org_id = ANY ((SELECT my_org_ids())::text[]) AND deleted_at IS NULL);

CREATE POLICY class_teachers_read_own_students ON users
FOR SELECT TO authenticated_users
USING (id = ANY ((SELECT my_student_ids())::text[]) AND deleted_at IS NULL);

CREATE POLICY internal_staff_read_users ON users
FOR SELECT TO authenticated_users
USING (org_id >= (SELECT staff_from()) AND org_id <= (SELECT staff_to()));

CREATE POLICY service_manages_all ON users
FOR ALL TO slate_services
USING (true);

CREATE POLICY reader_reads_all ON users
FOR SELECT TO slate_readers
USING (true);

-- Neither password_hash nor the token leaves through people or reports, nor an e-mail through
-- reports.
GRANT SELECT (
    id, email, email_verified, first_name, last_name, role, org_id, student_id, grade_level,
    is_active, last_login_at, metadata, created_at, updated_at, deleted_at, district_id
) ON users TO authenticated_users;
GRANT SELECT (
    id, email_verified, first_name, last_name, role, org_id, student_id, grade_level, is_active,
    last_login_at, metadata, created_at, updated_at, deleted_at, district_id
) ON users TO slate_readers;
GRANT SELECT, INSERT, UPDATE, DELETE ON users TO slate_services;
