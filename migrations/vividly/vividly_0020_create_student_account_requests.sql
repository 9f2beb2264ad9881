-- depends: vividly_0019_create_feedback
-- Why:  a teacher asks for an account for a student; an administrator of the school decides.
-- Lock: none, only new objects. Rollback loses: every account request.

CREATE TYPE account_request_status AS ENUM ('pending', 'approved', 'denied');

COMMENT ON TYPE account_request_status IS 'Decided once, by an administrator.';

CREATE TABLE student_account_requests (
    id varchar(50) NOT NULL,
    teacher_id varchar(50) NOT NULL,
    first_name varchar(100) NOT NULL,
    last_name varchar(100) NOT NULL,
    email varchar(255) NOT NULL,
    grade_level integer NOT NULL,
    student_id varchar(50),
    class_id varchar(50) NOT NULL,
    justification text,
    status account_request_status NOT NULL DEFAULT 'pending',
    reviewed_by varchar(50),
    reviewed_at timestamptz,
    review_notes text,
    created_user_id varchar(50),
    created_at timestamptz NOT NULL DEFAULT current_timestamp,
    updated_at timestamptz NOT NULL DEFAULT current_timestamp,
    school_id varchar(50) NOT NULL,

    CONSTRAINT student_account_requests_pkey PRIMARY KEY (id),
    CONSTRAINT student_account_requests_teacher_id_fkey FOREIGN KEY (teacher_id)
        REFERENCES users (id) ON DELETE CASCADE,
    CONSTRAINT student_account_requests_class_id_fkey FOREIGN KEY (class_id, school_id)
        REFERENCES classes (id, school_id) ON UPDATE CASCADE ON DELETE CASCADE,
    CONSTRAINT student_account_requests_reviewed_by_fkey FOREIGN KEY (reviewed_by)
        REFERENCES users (id) ON DELETE SET NULL,
    CONSTRAINT student_account_requests_created_user_id_fkey FOREIGN KEY (created_user_id)
        REFERENCES users (id) ON DELETE SET NULL,
    CONSTRAINT student_account_requests_grade_level_check CHECK (grade_level BETWEEN 0 AND 12),
    CONSTRAINT student_account_requests_result_check CHECK (
        status = 'approved' OR created_user_id IS NULL
    ),
    CONSTRAINT student_account_requests_times_check CHECK (
        isfinite(reviewed_at) AND isfinite(created_at) AND isfinite(updated_at)
    )
);

COMMENT ON TABLE student_account_requests IS
'A teacher''s request for a student''s account, and what became of it.';
COMMENT ON COLUMN student_account_requests.id IS 'generate_id(''sreq'').';
COMMENT ON COLUMN student_account_requests.email IS
'Of the student; lower case and trimmed on write.';
COMMENT ON COLUMN student_account_requests.grade_level IS '0 (kindergarten) to 12.';
COMMENT ON COLUMN student_account_requests.student_id IS
'The district''s number, as users.student_id. Not users.id.';
COMMENT ON COLUMN student_account_requests.reviewed_by IS
'The administrator who decided, from the session where one is set; kept from then on.';
COMMENT ON COLUMN student_account_requests.reviewed_at IS 'Filled when the status leaves pending.';
COMMENT ON COLUMN student_account_requests.created_user_id IS
'The account that came of it, when approved.';
COMMENT ON COLUMN student_account_requests.school_id IS
'The class''s school. Derived; whatever is written is replaced.';

CREATE INDEX idx_account_requests_status ON student_account_requests (status, created_at DESC);
CREATE INDEX idx_account_requests_teacher ON student_account_requests (teacher_id);
CREATE INDEX student_account_requests_school_id_class_id_idx
ON student_account_requests (school_id, class_id);
CREATE INDEX student_account_requests_reviewed_by_idx ON student_account_requests (reviewed_by)
WHERE reviewed_by IS NOT NULL;
CREATE INDEX student_account_requests_created_user_id_idx
ON student_account_requests (created_user_id)
WHERE created_user_id IS NOT NULL;
-- Whoever is deleted is deleted here too.
CREATE INDEX student_account_requests_email_idx ON student_account_requests (email);
CREATE INDEX student_account_requests_student_id_idx ON student_account_requests (student_id)
WHERE student_id IS NOT NULL;

CREATE TRIGGER update_student_account_requests_updated_at
BEFORE UPDATE ON student_account_requests
FOR EACH ROW EXECUTE FUNCTION update_updated_at_column();

-- AFTER, so that the policies speak first: a person learns nothing of somebody else's id.
CREATE TRIGGER account_requests_are_reviewed_by_administrators
AFTER INSERT OR UPDATE OF reviewed_by ON student_account_requests
FOR EACH ROW EXECUTE FUNCTION require_role(
    'reviewed_by', 'school_admin', 'district_admin', 'vividly_admin', 'vividly_ops'
);

-- SECURITY DEFINER: the class must be found whoever writes.
CREATE FUNCTION fit_account_request() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path FROM CURRENT
AS $$
BEGIN
    SELECT c.school_id INTO NEW.school_id FROM classes AS c WHERE c.id = NEW.class_id FOR KEY SHARE;
    -- Says nothing: a missing class is the foreign key's to tell, after the policies have spoken.
    NEW.school_id := coalesce(NEW.school_id, '');
    NEW.email := lower(btrim(NEW.email));
    IF NEW.status <> 'pending' THEN
        NEW.reviewed_at := coalesce(NEW.reviewed_at, CURRENT_TIMESTAMP);
    END IF;
    RETURN NEW;
END;
$$;

COMMENT ON FUNCTION fit_account_request() IS
'BEFORE row trigger of student_account_requests: fills school_id and reviewed_at.';

CREATE TRIGGER account_requests_come_from_the_school
BEFORE INSERT OR UPDATE ON student_account_requests
FOR EACH ROW EXECUTE FUNCTION fit_account_request();

-- SECURITY DEFINER: the teacher must be found whoever writes. AFTER, as above.
CREATE FUNCTION guard_account_request() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path FROM CURRENT
AS $$
BEGIN
    IF TG_OP = 'INSERT' AND EXISTS (
        SELECT 1
        FROM users AS u
        WHERE u.id = NEW.teacher_id AND (u.role <> 'teacher' OR u.org_id <> NEW.school_id)
    ) THEN
        RAISE EXCEPTION '"%" is not a teacher of school "%"', NEW.teacher_id, NEW.school_id
            USING ERRCODE = 'check_violation', TABLE = TG_TABLE_NAME, COLUMN = 'teacher_id',
            CONSTRAINT = 'student_account_requests_teacher_of_school_check',
            HINT = 'A teacher asks for accounts in classes of the own school.';
    END IF;
    IF TG_OP = 'UPDATE' AND OLD.status <> 'pending' AND NEW.status <> OLD.status THEN
        RAISE EXCEPTION 'account request "%" is % and stays so', NEW.id, OLD.status
            USING ERRCODE = 'check_violation', TABLE = TG_TABLE_NAME, COLUMN = 'status',
            CONSTRAINT = 'student_account_requests_decided_once_check',
            HINT = 'Make a new request.';
    END IF;
    RETURN NULL;
END;
$$;

COMMENT ON FUNCTION guard_account_request() IS
'AFTER row trigger of student_account_requests: asked by a teacher of the school, decided once.';

CREATE TRIGGER account_requests_are_decided_once
AFTER INSERT OR UPDATE ON student_account_requests
FOR EACH ROW EXECUTE FUNCTION guard_account_request();

ALTER TABLE student_account_requests ENABLE ROW LEVEL SECURITY;

CREATE POLICY administrators_read_account_requests ON student_account_requests
FOR SELECT TO authenticated_users
USING (school_id = ANY ((SELECT my_org_ids())::text[]));

CREATE POLICY administrators_change_account_requests ON student_account_requests
FOR UPDATE TO authenticated_users
USING (school_id = ANY ((SELECT my_org_ids())::text[]) AND status = 'pending')
WITH CHECK (
    school_id = ANY ((SELECT my_org_ids())::text[])
    AND reviewed_by = (SELECT me.id FROM my_account AS me)
);

-- Not those of a school the teacher has left.
CREATE POLICY teachers_read_own_account_requests ON student_account_requests
FOR SELECT TO authenticated_users
USING (
    teacher_id = (SELECT me.id FROM my_account AS me)
    AND school_id = ANY ((SELECT my_own_org_ids())::text[])
);

CREATE POLICY teachers_add_own_account_requests ON student_account_requests
FOR INSERT TO authenticated_users
WITH CHECK (
    teacher_id = (SELECT me.id FROM my_account AS me)
    AND class_id = ANY ((SELECT my_class_ids())::text[])
);

CREATE POLICY internal_staff_read_account_requests ON student_account_requests
FOR SELECT TO authenticated_users
USING (school_id >= (SELECT staff_from()) AND school_id <= (SELECT staff_to()));

CREATE POLICY service_manages_all ON student_account_requests
FOR ALL TO slate_services
USING (true);

CREATE POLICY reader_reads_all ON student_account_requests
FOR SELECT TO slate_readers
USING (true);

GRANT SELECT ON student_account_requests TO authenticated_users;
GRANT SELECT (
    id, teacher_id, first_name, last_name, grade_level, student_id, class_id, justification, status,
    reviewed_by, reviewed_at, review_notes, created_user_id, created_at, updated_at, school_id
) ON student_account_requests TO slate_readers;
GRANT INSERT (
    id, teacher_id, first_name, last_name, email, grade_level, student_id, class_id, justification
)
ON student_account_requests TO authenticated_users;
GRANT UPDATE (status, reviewed_by, review_notes) ON student_account_requests TO authenticated_users;
GRANT SELECT, INSERT, UPDATE, DELETE ON student_account_requests TO slate_services;
