-- depends: physed_0030_keep_teacher_scopes
-- Why:  student data is for the active teachers of the student's class (DEVIATIONS P1). A policy
--       that joins is neither fast nor safe from recursion; these functions answer once per table
--       of a statement.
-- Lock: brief on students, class_students and status_changes (new policies). Rollback loses:
--       teachers' access.

-- Definer, all three: they decide what the caller may see, so they must see more than the caller.
-- The id is read once, into a variable: in the query it would be read for each index. That the
-- account is active is in the lists, which are empty for others, and in the query that stands in.
CREATE FUNCTION my_class_ids() RETURNS integer[]
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path FROM CURRENT
AS $$
DECLARE
    v_me uuid := claimed_user_id();
    v_ids integer[];
BEGIN
    -- The highest mark first: NULL where the lists must be merged again.
    SELECT t.class_ids INTO v_ids
    FROM teacher_scopes AS t
    WHERE t.teacher_id = v_me
    ORDER BY t.mark DESC
    LIMIT 1;
    IF v_ids IS NOT NULL THEN
        RETURN v_ids;
    END IF;
    RETURN ARRAY(
        SELECT s.class_id
        FROM users AS u
        INNER JOIN class_scopes AS s ON s.teacher_id = u.id
        WHERE u.id = v_me AND u.is_teacher AND u.is_active
    );
END;
$$;

COMMENT ON FUNCTION my_class_ids() IS
'Classes of the current user that are not completed; empty for who is no active teacher.';

CREATE FUNCTION my_student_ids() RETURNS integer[]
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path FROM CURRENT
AS $$
DECLARE
    v_me uuid := claimed_user_id();
    v_ids integer[];
BEGIN
    -- The highest mark first: NULL where the lists must be merged again.
    SELECT t.student_ids INTO v_ids
    FROM teacher_scopes AS t
    WHERE t.teacher_id = v_me
    ORDER BY t.mark DESC
    LIMIT 1;
    IF v_ids IS NOT NULL THEN
        RETURN v_ids;
    END IF;
    RETURN (
        SELECT chain(s.student_ids)
        FROM users AS u
        INNER JOIN class_scopes AS s ON s.teacher_id = u.id
        WHERE u.id = v_me AND u.is_teacher AND u.is_active
    );
END;
$$;

COMMENT ON FUNCTION my_student_ids() IS
'Students of the current user''s classes, enrolled or waitlisted. Who has left is out of sight, '
'and so is a class once it is completed.';

CREATE FUNCTION my_enrolled_student_ids() RETURNS integer[]
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path FROM CURRENT
AS $$
DECLARE
    v_me uuid := claimed_user_id();
    v_ids integer[];
BEGIN
    -- The highest mark first: NULL where the lists must be merged again.
    SELECT t.enrolled_student_ids INTO v_ids
    FROM teacher_scopes AS t
    WHERE t.teacher_id = v_me
    ORDER BY t.mark DESC
    LIMIT 1;
    IF v_ids IS NOT NULL THEN
        RETURN v_ids;
    END IF;
    RETURN (
        SELECT chain(s.enrolled_student_ids)
        FROM users AS u
        INNER JOIN class_scopes AS s ON s.teacher_id = u.id
        WHERE u.id = v_me AND u.is_teacher AND u.is_active
    );
END;
$$;

COMMENT ON FUNCTION my_enrolled_student_ids() IS
'Students the current user teaches now: enrolled, in a class that is not completed. For incidents, '
'reports and edits of the student.';

GRANT EXECUTE ON FUNCTION my_class_ids() TO authenticated_users, slate_services;
GRANT EXECUTE ON FUNCTION my_student_ids() TO authenticated_users, slate_services;
GRANT EXECUTE ON FUNCTION my_enrolled_student_ids() TO authenticated_users, slate_services;

CREATE POLICY teachers_read_own_students ON students
FOR SELECT TO authenticated_users
USING (id = ANY ((SELECT my_student_ids())::integer[]));

CREATE POLICY teachers_change_own_students ON students
FOR UPDATE TO authenticated_users
USING (id = ANY ((SELECT my_enrolled_student_ids())::integer[]));

CREATE POLICY teachers_read_own_classes ON class_students
FOR SELECT TO authenticated_users
USING (
    class_id = ANY ((SELECT my_class_ids())::integer[]) AND status IN ('enrolled', 'waitlisted')
);

CREATE POLICY teachers_read_own_students ON status_changes
FOR SELECT TO authenticated_users
USING (student_id = ANY ((SELECT my_student_ids())::integer[]));
