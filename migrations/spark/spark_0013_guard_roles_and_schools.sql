-- depends: spark_0012_create_enrollments
-- Why:  a student who teaches, a teacher who is enrolled, a class of one school with students of
--       another: foreign keys allow them all. Links lock the person, and a person with links keeps
--       role and school, so neither side can slip past the other.
-- Lock: brief on users, classes, enrollments (new triggers). Rollback loses: nothing.

-- Definer: the writer of a link does not always see the person.
CREATE FUNCTION require_person(
    p_user_id uuid, p_roles user_role[], p_school_id uuid, p_rule text, p_table text
) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER
SET search_path FROM CURRENT
AS $$
DECLARE
    v_person record;
BEGIN
    -- FOR SHARE holds role and school until the link is committed.
    SELECT u.role, u.school_id INTO v_person FROM users AS u WHERE u.id = p_user_id FOR SHARE;
    IF NOT FOUND THEN
        RETURN;  -- the foreign key says so better
    END IF;
    IF v_person.role <> ALL (p_roles) THEN
        RAISE EXCEPTION 'user "%" is a %, not %',
            p_user_id, v_person.role, array_to_string(p_roles, ' or ')
            USING ERRCODE = 'check_violation', TABLE = p_table, CONSTRAINT = p_rule,
            HINT =
                'Name a user with the right role; a role changes only while nothing depends on it.';
    END IF;
    IF v_person.school_id <> p_school_id THEN
        RAISE EXCEPTION 'user "%" belongs to another school', p_user_id
            USING ERRCODE = 'check_violation', TABLE = p_table, CONSTRAINT = p_rule,
            HINT = 'People, classes and guilds that belong together belong to one school.';
    END IF;
END;
$$;

COMMENT ON FUNCTION require_person(uuid, user_role[], uuid, text, text) IS
'Raises 23514 under the given rule name unless the user has one of the roles and, where both are '
'known, the school. Locks the user''s row FOR SHARE.';

-- Definer: calls require_person, which is not for callers.
CREATE FUNCTION require_teacher() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path FROM CURRENT
AS $$
BEGIN
    PERFORM require_person(
        NEW.teacher_id, '{TEACHER,ADMIN}', NEW.school_id, 'classes_teacher_teaches_here', 'classes'
    );
    IF TG_OP = 'UPDATE' AND NEW.school_id <> OLD.school_id AND NEW.current_students > 0 THEN
        RAISE EXCEPTION 'class "%" has students and stays in its school', NEW.id
            USING ERRCODE = 'check_violation', TABLE = 'classes',
            CONSTRAINT = 'classes_students_attend_one_school',
            HINT = 'Create the class in the other school and enrol there.';
    END IF;
    RETURN NULL;
END;
$$;

COMMENT ON FUNCTION require_teacher() IS
'AFTER row trigger of classes: the teacher is a TEACHER or ADMIN of the class''s school.';

-- AFTER, here and below: the policy speaks first, and tells people nothing of who they cannot see.
CREATE TRIGGER classes_teacher_teaches_here
AFTER INSERT OR UPDATE OF teacher_id, school_id ON classes
FOR EACH ROW EXECUTE FUNCTION require_teacher();

-- Definer: calls require_person, which is not for callers.
CREATE FUNCTION require_enrolled_student() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path FROM CURRENT
AS $$
BEGIN
    PERFORM require_person(
        NEW.student_id, '{STUDENT}',
        (SELECT c.school_id FROM classes AS c WHERE c.id = NEW.class_id),
        'enrollments_student_attends_here', 'enrollments'
    );
    RETURN NULL;
END;
$$;

COMMENT ON FUNCTION require_enrolled_student() IS
'AFTER row trigger of enrollments: a STUDENT of the class''s school, also when an enrolment that '
'had ended begins again.';

CREATE TRIGGER enrollments_student_attends_here
AFTER INSERT OR UPDATE OF student_id, class_id, status ON enrollments
FOR EACH ROW EXECUTE FUNCTION require_enrolled_student();

-- Definer: who ends an enrolment does not see what he has ended.
CREATE FUNCTION end_enrollment(
    p_enrollment_id uuid, p_status enrollment_status, p_final_grade text DEFAULT NULL
) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER
SET search_path FROM CURRENT
AS $$
BEGIN
    IF p_status IS NULL OR p_status = 'ACTIVE' THEN
        RAISE EXCEPTION 'an enrolment ends as INACTIVE, COMPLETED or DROPPED, not as %', p_status
            USING ERRCODE = 'invalid_parameter_value', TABLE = 'enrollments', COLUMN = 'status',
            HINT = 'Only the school''s ADMIN enrols.';
    END IF;
    UPDATE enrollments AS e
    SET status = p_status, final_grade = coalesce(p_final_grade, e.final_grade)
    WHERE e.id = p_enrollment_id AND e.status = 'ACTIVE' AND e.class_id = ANY (my_class_ids());
    RETURN FOUND;
END;
$$;

COMMENT ON FUNCTION end_enrollment(uuid, enrollment_status, text) IS
'Ends an ACTIVE enrolment in a class the caller teaches: it is out of his sight from then on. '
'False where there is none, or none the caller sees.';

GRANT EXECUTE ON FUNCTION end_enrollment(uuid, enrollment_status, text) TO authenticated_users;

-- Definer: every link counts, also those the writer may not see.
CREATE FUNCTION keep_linked_person() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path FROM CURRENT
AS $$
BEGIN
    IF (NEW.role, NEW.school_id) IS DISTINCT FROM (OLD.role, OLD.school_id) THEN
        PERFORM core.refuse_old_snapshot(
            format('role and school of user "%s" cannot change', OLD.id), 'users'
        );
    END IF;
    IF NEW.role <> OLD.role AND (
        (OLD.role = 'STUDENT' AND (
            EXISTS (SELECT 1 FROM enrollments AS e WHERE e.student_id = OLD.id)
            OR EXISTS (SELECT 1 FROM guardian_links AS g WHERE g.student_id = OLD.id)
            OR EXISTS (SELECT 1 FROM guild_memberships AS m WHERE m.student_id = OLD.id)
        ))
        OR (
            NEW.role NOT IN ('TEACHER', 'ADMIN')
            AND EXISTS (SELECT 1 FROM classes AS c WHERE c.teacher_id = OLD.id)
        )
        OR (
            OLD.role = 'GUARDIAN'
            AND EXISTS (SELECT 1 FROM guardian_links AS g WHERE g.guardian_id = OLD.id)
        )
    ) THEN
        RAISE EXCEPTION 'user "%" stays a %: enrolments, classes, guilds or links depend on it',
            OLD.id, OLD.role
            USING ERRCODE = 'check_violation', TABLE = 'users', COLUMN = 'role',
            CONSTRAINT = 'users_linked_role_stays',
            HINT = 'Remove the links first, or create a second account.';
    END IF;
    IF NEW.school_id IS DISTINCT FROM OLD.school_id AND (
        EXISTS (SELECT 1 FROM enrollments AS e WHERE e.student_id = OLD.id AND e.status = 'ACTIVE')
        OR EXISTS (SELECT 1 FROM classes AS c WHERE c.teacher_id = OLD.id AND c.is_active)
        OR EXISTS (SELECT 1 FROM guild_memberships AS m WHERE m.student_id = OLD.id)
    ) THEN
        RAISE EXCEPTION 'user "%" still attends, teaches or plays in the present school', OLD.id
            USING ERRCODE = 'check_violation', TABLE = 'users', COLUMN = 'school_id',
            CONSTRAINT = 'users_linked_school_stays',
            HINT = 'End ACTIVE enrolments, active classes and guild memberships before a move.';
    END IF;
    RETURN NEW;
END;
$$;

COMMENT ON FUNCTION keep_linked_person() IS
'BEFORE UPDATE row trigger of users: role and school stay while links rely on them.';

CREATE TRIGGER users_linked_person_stays
BEFORE UPDATE OF role, school_id ON users
FOR EACH ROW EXECUTE FUNCTION keep_linked_person();
