-- depends: physed_0005_compile_json_shapes
-- Why:  accounts of teachers and other staff; everything personal hangs on one of them. Students
--       have no account.
-- Lock: none, only new objects. Rollback loses: every account.

CREATE FUNCTION lower_email() RETURNS trigger
LANGUAGE plpgsql
SET search_path FROM CURRENT
AS $$
BEGIN
    NEW.email := lower(NEW.email);
    RETURN NEW;
END;
$$;

COMMENT ON FUNCTION lower_email() IS
'BEFORE row trigger: stores e-mail in lower case, so that UNIQUE holds whatever the case. Look up '
'lower($1).';

CREATE TABLE users (
    id uuid NOT NULL DEFAULT gen_random_uuid(),
    email varchar(255) NOT NULL,
    password_hash varchar(255),
    first_name varchar(100),
    last_name varchar(100),
    is_teacher boolean NOT NULL DEFAULT false,
    is_active boolean NOT NULL DEFAULT true,
    school varchar(255),
    department varchar(255),
    subjects jsonb,
    grade_levels jsonb,
    last_login timestamptz,
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),

    CONSTRAINT users_pkey PRIMARY KEY (id),
    CONSTRAINT users_version_range_check CHECK (version BETWEEN 1 AND 2000000000),
    CONSTRAINT users_email_key UNIQUE (email),
    CONSTRAINT users_email_format_check CHECK (
        email ~ '^[^@[:space:]]+@[^@[:space:].]+(\.[^@[:space:].]+)+$'
    ),
    CONSTRAINT users_first_name_not_blank_check CHECK (first_name ~ '[^[:space:]\u00a0\u200b]'),
    CONSTRAINT users_last_name_not_blank_check CHECK (last_name ~ '[^[:space:]\u00a0\u200b]'),
    CONSTRAINT users_subjects_structure_check CHECK (jsonb_typeof(subjects) IN ('object', 'array')),
    CONSTRAINT users_grade_levels_structure_check CHECK (
        jsonb_typeof(grade_levels) IN ('object', 'array')
    )
);

COMMENT ON TABLE users IS 'Accounts of staff. Only active teachers see students.';
COMMENT ON COLUMN users.password_hash IS
'Made by the service with a slow hash. Never granted to people or readers, never audited.';
COMMENT ON COLUMN users.is_teacher IS
'Set by the service; with is_active it opens the students of the own classes.';
COMMENT ON COLUMN users.subjects IS 'Subjects taught, as a JSON array or object.';
COMMENT ON COLUMN users.grade_levels IS 'Grade levels taught, as a JSON array or object.';
COMMENT ON COLUMN users.version IS
'1 to 2,000,000,000, counts changes; for optimistic locking.';

CREATE INDEX users_last_name_first_name_idx ON users (last_name, first_name);

CREATE TRIGGER users_lower_email
BEFORE INSERT OR UPDATE OF email ON users
FOR EACH ROW EXECUTE FUNCTION lower_email();

CREATE TRIGGER users_version_counts_up
BEFORE UPDATE ON users
FOR EACH ROW EXECUTE FUNCTION bump_version();

CREATE TRIGGER update_users_updated_at
BEFORE UPDATE ON users
FOR EACH ROW EXECUTE FUNCTION core.touch_updated_at();

ALTER TABLE users ENABLE ROW LEVEL SECURITY;

-- Definer: whether an account is active decides what its owner may see, the account included.
CREATE FUNCTION current_user_id() RETURNS uuid
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path FROM CURRENT
AS $$
DECLARE
    v_claimed uuid := claimed_user_id();
    v_id uuid;
BEGIN
    -- INTO costs half of RETURN (SELECT …), and every statement of a person asks.
    SELECT u.id INTO v_id FROM users AS u WHERE u.id = v_claimed AND u.is_active;
    RETURN v_id;
END;
$$;

COMMENT ON FUNCTION current_user_id() IS
'Who acts: the active account that setting app.user_id names. NULL when it is unset, or names a '
'deactivated or deleted account: every right ends with the account. Error 22P02 when malformed.';

GRANT EXECUTE ON FUNCTION current_user_id() TO authenticated_users, slate_services, slate_readers;

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

CREATE POLICY people_read_own_account ON users
FOR SELECT TO authenticated_users
USING (id = (SELECT me.id FROM my_account AS me));

CREATE POLICY people_change_own_account ON users
FOR UPDATE TO authenticated_users
USING (id = (SELECT me.id FROM my_account AS me));

CREATE POLICY service_manages_all ON users
FOR ALL TO slate_services
USING (true);

CREATE POLICY reader_reads_all ON users
FOR SELECT TO slate_readers
USING (true);

-- Nobody makes himself a teacher: is_teacher, is_active and email belong to the service.
GRANT SELECT (
    id, email, first_name, last_name, is_teacher, is_active, school, department, subjects,
    grade_levels, last_login, version, created_at, updated_at
) ON users TO authenticated_users;
-- Reports need no addresses.
GRANT SELECT (
    id, first_name, last_name, is_teacher, is_active, school, department, subjects, grade_levels,
    last_login, version, created_at, updated_at
) ON users TO slate_readers;
GRANT UPDATE (
    first_name, last_name, school, department, subjects, grade_levels, version
) ON users TO authenticated_users;
GRANT SELECT, INSERT, UPDATE, DELETE ON users TO slate_services;
