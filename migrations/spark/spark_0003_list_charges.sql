-- depends: spark_0002_identify_caller
-- Why:  whom the caller teaches, raises and runs: the sets that policies ask for, once a statement.
-- Lock: none, only new objects. Rollback loses: nothing; fails while a policy uses a function.

-- SECURITY DEFINER, all: the answer decides what the caller may see, so it cannot depend on it.
CREATE FUNCTION my_class_ids() RETURNS uuid[]
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path FROM CURRENT
AS $$
BEGIN
    RETURN ARRAY(
        SELECT c.id
        FROM users AS u
        INNER JOIN classes AS c ON c.teacher_id = u.id AND c.is_active
        WHERE u.id = claimed_user_id() AND u.is_active AND u.role IN ('TEACHER', 'ADMIN')
            AND (u.school_id IS NULL OR c.school_id = u.school_id)
    );
END;
$$;

COMMENT ON FUNCTION my_class_ids() IS
'The active classes of his own school that the caller teaches. Reads only.';

CREATE FUNCTION my_school_class_ids() RETURNS uuid[]
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path FROM CURRENT
AS $$
BEGIN
    RETURN ARRAY(
        SELECT c.id
        FROM users AS u
        INNER JOIN classes AS c ON c.school_id = u.school_id
        WHERE u.id = claimed_user_id() AND u.is_active AND u.role = 'ADMIN'
    );
END;
$$;

COMMENT ON FUNCTION my_school_class_ids() IS
'The classes of the school the caller runs. Reads only.';

CREATE FUNCTION my_student_ids() RETURNS uuid[]
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path FROM CURRENT
AS $$
BEGIN
    RETURN ARRAY(
        SELECT DISTINCT e.student_id
        FROM users AS u
        INNER JOIN classes AS c ON c.teacher_id = u.id AND c.is_active
        INNER JOIN enrollments AS e ON e.class_id = c.id AND e.status = 'ACTIVE'
        WHERE u.id = claimed_user_id() AND u.is_active AND u.role IN ('TEACHER', 'ADMIN')
            AND (u.school_id IS NULL OR c.school_id = u.school_id)
    );
END;
$$;

COMMENT ON FUNCTION my_student_ids() IS
'The students with an ACTIVE enrolment in an active class the caller teaches: who dropped out or '
'changed school is no longer the teacher''s to look at. Reads only.';

CREATE FUNCTION my_school_student_ids() RETURNS uuid[]
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path FROM CURRENT
AS $$
BEGIN
    RETURN ARRAY(
        SELECT u.id
        FROM users AS me
        INNER JOIN users AS u ON u.school_id = me.school_id AND u.role = 'STUDENT'
        WHERE me.id = claimed_user_id() AND me.is_active AND me.role = 'ADMIN'
    );
END;
$$;

COMMENT ON FUNCTION my_school_student_ids() IS
'The students of the school the caller runs. Reads only.';

CREATE FUNCTION my_school_staff_ids() RETURNS uuid[]
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path FROM CURRENT
AS $$
BEGIN
    RETURN ARRAY(
        SELECT u.id
        FROM users AS me
        INNER JOIN users AS u ON u.school_id = me.school_id AND u.role IN ('TEACHER', 'ADMIN')
        WHERE me.id = claimed_user_id() AND me.is_active AND me.role = 'ADMIN'
    );
END;
$$;

COMMENT ON FUNCTION my_school_staff_ids() IS
'Who may teach in the school the caller runs. Reads only.';

CREATE FUNCTION my_child_ids() RETURNS uuid[]
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path FROM CURRENT
AS $$
BEGIN
    RETURN ARRAY(
        SELECT g.student_id
        FROM users AS u
        INNER JOIN guardian_links AS g ON g.guardian_id = u.id AND g.status = 'APPROVED'
        WHERE u.id = claimed_user_id() AND u.is_active AND u.role = 'GUARDIAN'
    );
END;
$$;

COMMENT ON FUNCTION my_child_ids() IS
'The students the caller is an APPROVED guardian of. Reads only.';

CREATE FUNCTION my_charge_ids() RETURNS uuid[]
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path FROM CURRENT
AS $$
DECLARE
    v_me record;
BEGIN
    SELECT u.id, u.role, u.school_id INTO v_me
    FROM users AS u
    WHERE u.id = claimed_user_id() AND u.is_active;
    IF v_me.role = 'STUDENT' OR v_me.role IS NULL THEN
        RETURN '{}';
    ELSIF v_me.role = 'GUARDIAN' THEN
        RETURN ARRAY(
            SELECT g.student_id
            FROM guardian_links AS g
            WHERE g.guardian_id = v_me.id AND g.status = 'APPROVED'
        );
    ELSIF v_me.role = 'TEACHER' THEN
        RETURN ARRAY(
            SELECT DISTINCT e.student_id
            FROM classes AS c
            INNER JOIN enrollments AS e ON e.class_id = c.id AND e.status = 'ACTIVE'
            WHERE c.teacher_id = v_me.id
                AND c.is_active
                AND (v_me.school_id IS NULL OR c.school_id = v_me.school_id)
        );
    END IF;
    RETURN my_student_ids() || my_school_student_ids();
END;
$$;

COMMENT ON FUNCTION my_charge_ids() IS
'The students in the caller''s charge: a teacher''s, a guardian''s children, those of an ADMIN''s '
'school. One set for one policy: a table that all three may read asks once, not three times. Reads '
'only.';

CREATE FUNCTION my_enrolled_class_ids() RETURNS uuid[]
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path FROM CURRENT
AS $$
BEGIN
    RETURN ARRAY(
        SELECT e.class_id
        FROM users AS u
        INNER JOIN enrollments AS e ON e.student_id = u.id AND e.status = 'ACTIVE'
        INNER JOIN classes AS c ON c.id = e.class_id AND c.is_active
        WHERE u.id = claimed_user_id() AND u.is_active
    );
END;
$$;

COMMENT ON FUNCTION my_enrolled_class_ids() IS 'The active classes the caller attends. Reads only.';

CREATE FUNCTION my_child_class_ids() RETURNS uuid[]
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path FROM CURRENT
AS $$
BEGIN
    RETURN ARRAY(
        SELECT DISTINCT e.class_id
        FROM users AS u
        INNER JOIN guardian_links AS g ON g.guardian_id = u.id AND g.status = 'APPROVED'
        INNER JOIN enrollments AS e ON e.student_id = g.student_id AND e.status = 'ACTIVE'
        INNER JOIN classes AS c ON c.id = e.class_id AND c.is_active
        WHERE u.id = claimed_user_id() AND u.is_active AND u.role = 'GUARDIAN'
    );
END;
$$;

COMMENT ON FUNCTION my_child_class_ids() IS
'The active classes the caller''s children attend. Reads only.';

GRANT EXECUTE ON FUNCTION
my_class_ids(), my_school_class_ids(), my_student_ids(), my_school_student_ids(),
my_school_staff_ids(), my_child_ids(), my_charge_ids(), my_enrolled_class_ids(),
my_child_class_ids()
TO authenticated_users, slate_services;
