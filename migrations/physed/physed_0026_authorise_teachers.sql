-- depends: physed_0025_limit_class_size
-- Why:  student data is for the active teachers of the student's class (lines 12, 922). A policy that joins is
--       neither fast nor safe from recursion; these functions answer once per statement.
-- Lock: brief on students, class_students and status_changes (new policies). Rollback loses: teachers' access.

-- Definer, all three: they decide what the caller may see, so they must see more than the caller.
CREATE FUNCTION my_class_ids() RETURNS integer []
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path FROM CURRENT
AS $$
BEGIN
    RETURN (
        SELECT coalesce(array_agg(c.id), '{}')
        FROM classes AS c
        INNER JOIN users AS u ON u.id = c.teacher_id
        WHERE c.teacher_id = current_user_id() AND u.is_teacher AND u.is_active
    );
END;
$$;

COMMENT ON FUNCTION my_class_ids() IS 'Classes of the current user; empty for who is no active teacher.';

CREATE FUNCTION my_student_ids() RETURNS integer []
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path FROM CURRENT
AS $$
BEGIN
    RETURN (
        SELECT coalesce(array_agg(DISTINCT e.student_id), '{}')
        FROM class_students AS e
        WHERE e.class_id = ANY (my_class_ids()) AND e.status IN ('enrolled', 'waitlisted')
    );
END;
$$;

COMMENT ON FUNCTION my_student_ids() IS
'Students of the current user''s classes, enrolled or waitlisted. Who has left is no longer visible.';

CREATE FUNCTION my_enrolled_student_ids() RETURNS integer []
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path FROM CURRENT
AS $$
BEGIN
    RETURN (
        SELECT coalesce(array_agg(DISTINCT e.student_id), '{}')
        FROM class_students AS e
        INNER JOIN classes AS c ON c.id = e.class_id
        WHERE e.class_id = ANY (my_class_ids()) AND e.status = 'enrolled' AND c.status <> 'completed'
    );
END;
$$;

COMMENT ON FUNCTION my_enrolled_student_ids() IS
'Students the current user teaches now: enrolled, in a class that is not over. For incidents and medical notes.';

GRANT EXECUTE ON FUNCTION my_class_ids() TO authenticated_users, physed_service;
GRANT EXECUTE ON FUNCTION my_student_ids() TO authenticated_users, physed_service;
GRANT EXECUTE ON FUNCTION my_enrolled_student_ids() TO authenticated_users, physed_service;

CREATE POLICY teachers_read_own_students ON students FOR SELECT TO authenticated_users
USING (id = ANY ((SELECT my_student_ids())::integer []));

CREATE POLICY teachers_edit_own_students ON students FOR UPDATE TO authenticated_users
USING (id = ANY ((SELECT my_enrolled_student_ids())::integer []))
WITH CHECK (id = ANY ((SELECT my_enrolled_student_ids())::integer []));

CREATE POLICY teachers_read_own_classes ON class_students FOR SELECT TO authenticated_users
USING (class_id = ANY ((SELECT my_class_ids())::integer []));

CREATE POLICY teachers_read_own_students ON status_changes FOR SELECT TO authenticated_users
USING (student_id = ANY ((SELECT my_student_ids())::integer []));
