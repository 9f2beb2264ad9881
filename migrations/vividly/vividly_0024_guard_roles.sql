-- depends: vividly_0023_log_actions
-- Why:  a class has a teacher of its school and a student of its district. The other files keep
--       that when a class or an enrolment is written; this one when the person changes.
-- Lock: brief on users (new trigger). Rollback loses: nothing.

-- SECURITY DEFINER: everything that depends on the person counts, also what the writer cannot see.
CREATE FUNCTION guard_role_change() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path FROM CURRENT
AS $$
BEGIN
    -- What others attached meanwhile is invisible to a snapshot taken before. SERIALIZABLE notices.
    IF current_setting('transaction_isolation') = 'repeatable read' THEN
        RAISE EXCEPTION 'role, school and district of "%" cannot change at REPEATABLE READ', OLD.id
            USING ERRCODE = 'invalid_transaction_state', TABLE = TG_TABLE_NAME,
            HINT = 'Use READ COMMITTED, which waits, or SERIALIZABLE.';
    END IF;
    -- Waits for classes and rows that are being attached to this person, and makes new ones wait.
    PERFORM FROM users AS u WHERE u.id = OLD.id FOR UPDATE;
    IF OLD.role = 'teacher' AND (NEW.role <> 'teacher' OR NEW.org_id <> OLD.org_id) AND EXISTS (
        SELECT 1 FROM classes AS c WHERE c.teacher_id = OLD.id AND c.deleted_at IS NULL
    ) THEN
        RAISE EXCEPTION 'teacher "%" still has classes at "%"', OLD.id, OLD.org_id
            USING ERRCODE = 'check_violation', TABLE = TG_TABLE_NAME,
            CONSTRAINT = 'users_teacher_has_classes_check',
            HINT = 'Give the classes to another teacher of the school first, or delete them.';
    END IF;
    IF OLD.role = 'student' AND NEW.role <> 'student' AND (
        EXISTS (SELECT 1 FROM class_students AS s WHERE s.student_id = OLD.id)
        OR EXISTS (SELECT 1 FROM student_interests AS s WHERE s.student_id = OLD.id)
        OR EXISTS (SELECT 1 FROM content_requests AS s WHERE s.student_id = OLD.id)
        OR EXISTS (SELECT 1 FROM student_progress AS s WHERE s.student_id = OLD.id)
        OR EXISTS (SELECT 1 FROM feedback AS s WHERE s.student_id = OLD.id)
    ) THEN
        RAISE EXCEPTION 'student "%" has enrolments or learning data and stays a student', OLD.id
            USING ERRCODE = 'check_violation', TABLE = TG_TABLE_NAME,
            CONSTRAINT = 'users_student_has_data_check',
            HINT = 'Create a second account for the new role.';
    END IF;
    IF NEW.district_id <> OLD.district_id AND EXISTS (
        SELECT 1
        FROM class_students AS s
        INNER JOIN organizations AS o ON o.id = s.school_id
        WHERE s.student_id = OLD.id AND s.dropped_at IS NULL AND o.district_id <> NEW.district_id
    ) THEN
        RAISE EXCEPTION 'student "%" still attends classes of district "%"', OLD.id, OLD.district_id
            USING ERRCODE = 'check_violation', TABLE = TG_TABLE_NAME,
            CONSTRAINT = 'users_student_is_enrolled_check',
            HINT = 'Set dropped_at in class_students first.';
    END IF;
    RETURN NEW;
END;
$$;

COMMENT ON FUNCTION guard_role_change() IS
'BEFORE row trigger of users: what hangs on a role, a school or a district stays right when these '
'change.';

-- Its name comes after users_fit_their_organization, which fills district_id.
CREATE TRIGGER users_keep_what_depends_on_them
BEFORE UPDATE OF role, org_id, district_id ON users
FOR EACH ROW WHEN (
    old.role <> new.role OR old.org_id <> new.org_id OR old.district_id <> new.district_id
)
EXECUTE FUNCTION guard_role_change();
