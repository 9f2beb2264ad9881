-- depends: spark_0028_create_assignments
-- Why:  the policies of handed-in work ask which assignments a teacher has set and which a student
--       may still hand in; each answers once a statement.
-- Lock: none, only new objects. Rollback loses: nothing; fails while a policy uses a function.

-- Definer: the answer decides what the caller may see.
CREATE FUNCTION my_class_assignment_ids() RETURNS uuid[]
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path FROM CURRENT
AS $$
BEGIN
    RETURN ARRAY(SELECT a.id FROM assignments AS a WHERE a.class_id = ANY (my_class_ids()));
END;
$$;

COMMENT ON FUNCTION my_class_assignment_ids() IS
'The assignments of the classes the caller teaches. Reads only.';
GRANT EXECUTE ON FUNCTION my_class_assignment_ids() TO authenticated_users, slate_services;

-- Definer: the answer decides what the caller may write.
CREATE FUNCTION my_open_assignment_ids() RETURNS uuid[]
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path FROM CURRENT
AS $$
BEGIN
    RETURN ARRAY(
        SELECT a.id
        FROM assignments AS a
        WHERE a.class_id = ANY (my_enrolled_class_ids()) AND a.is_published
    );
END;
$$;

COMMENT ON FUNCTION my_open_assignment_ids() IS
'The published assignments of the classes the caller attends. Reads only.';
GRANT EXECUTE ON FUNCTION my_open_assignment_ids() TO authenticated_users, slate_services;

CREATE FUNCTION may_hand_in(p_student_id uuid, p_assignment_id uuid) RETURNS boolean
LANGUAGE plpgsql STABLE
SET search_path FROM CURRENT
AS $$
BEGIN
    RETURN coalesce(
        p_student_id = current_user_id() AND p_assignment_id = ANY (my_open_assignment_ids()), false
    );
END;
$$;

COMMENT ON FUNCTION may_hand_in(uuid, uuid) IS
'Whether the caller is the student and the assignment is open to him. Reads only.';
GRANT EXECUTE ON FUNCTION may_hand_in(uuid, uuid) TO authenticated_users, slate_services;
