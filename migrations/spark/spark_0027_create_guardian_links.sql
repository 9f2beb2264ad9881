-- depends: spark_0026_create_achievements
-- Why:  a parent sees a child only after the school has agreed. Nobody approves a link to himself.
-- Lock: none, only new objects. Rollback loses: every link.

CREATE TYPE link_status AS ENUM ('PENDING', 'APPROVED', 'REJECTED', 'BLOCKED');
COMMENT ON TYPE link_status IS 'Only APPROVED opens a student''s records to the guardian.';

CREATE TABLE guardian_links (
    id uuid NOT NULL DEFAULT gen_random_uuid(),
    guardian_id uuid NOT NULL,
    student_id uuid NOT NULL,
    relationship varchar(20) NOT NULL DEFAULT 'parent',
    status link_status NOT NULL DEFAULT 'PENDING',
    requested_at timestamptz NOT NULL DEFAULT now(),
    approved_at timestamptz,
    approved_by uuid,
    notes text,

    CONSTRAINT guardian_links_pkey PRIMARY KEY (id),
    CONSTRAINT guardian_links_guardian_id_fkey FOREIGN KEY (guardian_id)
        REFERENCES users (id) ON DELETE CASCADE,
    CONSTRAINT guardian_links_student_id_fkey FOREIGN KEY (student_id)
        REFERENCES users (id) ON DELETE CASCADE,
    CONSTRAINT guardian_links_approved_by_fkey FOREIGN KEY (approved_by) REFERENCES users (id),
    CONSTRAINT guardian_links_dates_are_finite_check CHECK (
        isfinite(requested_at)
        AND isfinite(approved_at)
    ),
    CONSTRAINT guardian_links_relationship_check CHECK (
        relationship IN ('parent', 'guardian', 'sibling')
    ),
    CONSTRAINT guardian_links_two_people_check CHECK (guardian_id <> student_id)
);

COMMENT ON TABLE guardian_links IS
'A guardian''s link to a student: requested by the guardian, decided by the school''s ADMIN.';
COMMENT ON COLUMN guardian_links.status IS
'Only APPROVED opens the student''s records to the guardian.';
COMMENT ON COLUMN guardian_links.notes IS
'The school''s own; neither guardian nor reports read them.';
COMMENT ON COLUMN guardian_links.relationship IS 'parent, guardian or sibling.';
COMMENT ON COLUMN guardian_links.approved_at IS
'Set when status becomes APPROVED, cleared when it is no longer.';
COMMENT ON COLUMN guardian_links.approved_by IS 'Who approved; NULL for the back end.';

CREATE UNIQUE INDEX idx_guardian_links_guardian ON guardian_links (guardian_id, student_id);
CREATE INDEX idx_guardian_links_student ON guardian_links (student_id);
CREATE INDEX idx_guardian_links_status ON guardian_links (status);
CREATE INDEX guardian_links_approved_by_idx
ON guardian_links (approved_by)
WHERE approved_by IS NOT NULL;

-- Definer: calls require_person, which is not for callers.
CREATE FUNCTION check_linked_people() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path FROM CURRENT
AS $$
BEGIN
    IF TG_ARGV[0] = 'hidden' AND NOT EXISTS (
        SELECT 1 FROM users AS u WHERE u.id = NEW.student_id AND u.role = 'STUDENT'
    ) THEN
        RAISE EXCEPTION
            'insert or update on table "guardian_links" violates foreign key constraint "%"',
            'guardian_links_student_id_fkey'
            USING ERRCODE = 'foreign_key_violation', TABLE = 'guardian_links',
            DETAIL = 'Key is not present in table "users".',
            CONSTRAINT = 'guardian_links_student_id_fkey';
    END IF;
    PERFORM require_person(
        NEW.guardian_id, '{GUARDIAN}', NULL, 'guardian_links_link_guardian_and_student',
        'guardian_links'
    );
    PERFORM require_person(
        NEW.student_id, '{STUDENT}', NULL, 'guardian_links_link_guardian_and_student',
        'guardian_links'
    );
    RETURN NULL;
END;
$$;

COMMENT ON FUNCTION check_linked_people() IS
'AFTER row trigger: a GUARDIAN and a STUDENT. With the argument hidden, for people, who is no '
'student is refused as one who is not there.';

CREATE FUNCTION decide_guardian_link() RETURNS trigger
LANGUAGE plpgsql
SET search_path FROM CURRENT
AS $$
BEGIN
    IF NEW.status <> 'APPROVED' THEN
        NEW.approved_at := NULL;
        NEW.approved_by := NULL;
    ELSIF TG_OP = 'INSERT' OR OLD.status <> 'APPROVED'
        OR NEW.approved_by <> coalesce(OLD.approved_by, NEW.id)
    THEN
        NEW.approved_by := coalesce(current_user_id(), NEW.approved_by);
        IF NEW.approved_by IN (NEW.guardian_id, NEW.student_id) THEN
            RAISE EXCEPTION 'a guardian link is not approved by the guardian or the student'
                USING ERRCODE = 'check_violation', TABLE = 'guardian_links', COLUMN = 'approved_by',
                CONSTRAINT = 'guardian_links_approved_by_school',
                HINT = 'An ADMIN of the school approves.';
        END IF;
        NEW.approved_at := coalesce(NEW.approved_at, now());
    END IF;
    RETURN NEW;
END;
$$;

COMMENT ON FUNCTION decide_guardian_link() IS
'BEFORE row trigger: approved_at and approved_by follow status, approved_by is the caller; nobody '
'approves himself.';

CREATE TRIGGER guardian_links_link_hidden_people
AFTER INSERT OR UPDATE OF guardian_id, student_id ON guardian_links
FOR EACH ROW WHEN (acts_as_person()) EXECUTE FUNCTION check_linked_people('hidden');
CREATE TRIGGER guardian_links_link_people
AFTER INSERT OR UPDATE OF guardian_id, student_id ON guardian_links
FOR EACH ROW WHEN (NOT acts_as_person()) EXECUTE FUNCTION check_linked_people();

CREATE TRIGGER guardian_links_are_decided
BEFORE INSERT OR UPDATE ON guardian_links
FOR EACH ROW EXECUTE FUNCTION decide_guardian_link();
CREATE TRIGGER audit_guardian_links
AFTER INSERT OR UPDATE OR DELETE ON guardian_links
FOR EACH ROW EXECUTE FUNCTION audit_trigger_function('guardian_links');

ALTER TABLE guardian_links ENABLE ROW LEVEL SECURITY;

CREATE POLICY guardians_read_own_links ON guardian_links
FOR SELECT TO authenticated_users
USING (guardian_id = (SELECT me.id FROM my_account AS me));

CREATE POLICY guardians_add_own_links ON guardian_links
FOR INSERT TO authenticated_users
WITH CHECK (guardian_id = (SELECT me.id FROM my_account AS me) AND status = 'PENDING');

CREATE POLICY guardians_remove_own_links ON guardian_links
FOR DELETE TO authenticated_users
USING (guardian_id = (SELECT me.id FROM my_account AS me) AND status IN ('PENDING', 'APPROVED'));

CREATE POLICY students_read_own_links ON guardian_links
FOR SELECT TO authenticated_users
USING (student_id = (SELECT me.id FROM my_account AS me));

CREATE POLICY admins_read_links ON guardian_links
FOR SELECT TO authenticated_users
USING (student_id = ANY ((SELECT my_school_student_ids())::uuid[]));

CREATE POLICY admins_change_links ON guardian_links
FOR UPDATE TO authenticated_users
USING (student_id = ANY ((SELECT my_school_student_ids())::uuid[]));

CREATE POLICY service_manages_all ON guardian_links
FOR ALL TO slate_services
USING (true);

CREATE POLICY reader_reads_all ON guardian_links
FOR SELECT TO slate_readers
USING (true);

GRANT SELECT (
    id, guardian_id, student_id, relationship, status, requested_at, approved_at, approved_by
)
ON guardian_links TO authenticated_users;
GRANT INSERT (id, guardian_id, student_id, relationship) ON guardian_links TO authenticated_users;
GRANT UPDATE (status) ON guardian_links TO authenticated_users;
GRANT DELETE ON guardian_links TO authenticated_users;
GRANT SELECT, INSERT, UPDATE, DELETE ON guardian_links TO slate_services;
GRANT SELECT (
    id, guardian_id, student_id, relationship, status, requested_at, approved_at, approved_by
)
ON guardian_links TO slate_readers;
