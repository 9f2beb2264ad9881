-- depends: spark_0001_open_schema
-- Why:  every policy asks who calls; the sets below answer whom the caller teaches, raises and runs. PL/pgSQL finds
--       the tables at the first call: they come in the next files. The server tries policies in the reverse order of
--       their names (15 and 18), hence admins_… < class_teachers_… < guardians_… < people_… and students_…: the
--       cheapest question comes first, and where it is answered the others are not asked.
-- Lock: none, only new objects. Rollback loses: nothing; fails while a policy still uses a function.

CREATE FUNCTION current_user_id() RETURNS uuid
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path FROM CURRENT
AS $$
BEGIN
    RETURN core.setting_uuid('app.user_id');
END;
$$;

COMMENT ON FUNCTION current_user_id() IS
'users.id of the person the service acts for: SET LOCAL app.user_id. NULL when unset, and then no row is visible; '
'22P02 when malformed.';

-- SECURITY DEFINER here and below: the answer decides what the caller may see, so it cannot depend on it.
CREATE FUNCTION my_role() RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path FROM CURRENT
AS $$
BEGIN
    RETURN (SELECT u.role::text FROM users AS u WHERE u.id = current_user_id() AND u.is_active);
END;
$$;

COMMENT ON FUNCTION my_role() IS 'users.role of the caller; NULL for nobody and for a deactivated account. Reads only.';

CREATE FUNCTION my_own_school_id() RETURNS uuid
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path FROM CURRENT
AS $$
BEGIN
    RETURN (SELECT u.school_id FROM users AS u WHERE u.id = current_user_id() AND u.is_active);
END;
$$;

COMMENT ON FUNCTION my_own_school_id() IS 'The school the caller belongs to, in whatever role. Reads only.';

CREATE FUNCTION my_school_ids() RETURNS uuid[]
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path FROM CURRENT
AS $$
BEGIN
    RETURN ARRAY(
        SELECT u.school_id
        FROM users AS u
        WHERE u.id = current_user_id() AND u.role = 'ADMIN' AND u.is_active AND u.school_id IS NOT NULL
    );
END;
$$;

COMMENT ON FUNCTION my_school_ids() IS
'The school an ADMIN runs. Empty for everybody else, and for an ADMIN without a school: the platform''s own staff '
'works through spark_service. Reads only.';

CREATE FUNCTION my_class_ids() RETURNS uuid[]
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path FROM CURRENT
AS $$
BEGIN
    RETURN ARRAY(
        SELECT c.id
        FROM classes AS c
        INNER JOIN users AS u ON u.id = c.teacher_id
        WHERE c.teacher_id = current_user_id() AND u.is_active
    );
END;
$$;

COMMENT ON FUNCTION my_class_ids() IS 'The classes the caller teaches, past ones too. Reads only.';

CREATE FUNCTION my_school_class_ids() RETURNS uuid[]
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path FROM CURRENT
AS $$
BEGIN
    RETURN ARRAY(SELECT c.id FROM classes AS c WHERE c.school_id = ANY (my_school_ids()));
END;
$$;

COMMENT ON FUNCTION my_school_class_ids() IS 'The classes of the school the caller runs. Reads only.';

CREATE FUNCTION my_student_ids() RETURNS uuid[]
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path FROM CURRENT
AS $$
BEGIN
    RETURN ARRAY(
        SELECT DISTINCT e.student_id
        FROM enrollments AS e
        WHERE e.class_id = ANY (my_class_ids()) AND e.status = 'ACTIVE'
    );
END;
$$;

COMMENT ON FUNCTION my_student_ids() IS
'The students with an ACTIVE enrolment in a class the caller teaches: who dropped out is no longer the teacher''s to '
'look at. Reads only.';

CREATE FUNCTION my_school_student_ids() RETURNS uuid[]
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path FROM CURRENT
AS $$
BEGIN
    RETURN ARRAY(
        SELECT u.id FROM users AS u WHERE u.school_id = ANY (my_school_ids()) AND u.role = 'STUDENT'
    );
END;
$$;

COMMENT ON FUNCTION my_school_student_ids() IS 'The students of the school the caller runs. Reads only.';

CREATE FUNCTION my_child_ids() RETURNS uuid[]
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path FROM CURRENT
AS $$
BEGIN
    RETURN ARRAY(
        SELECT g.student_id
        FROM guardian_links AS g
        INNER JOIN users AS u ON u.id = g.guardian_id
        WHERE g.guardian_id = current_user_id() AND g.status = 'APPROVED' AND u.is_active
    );
END;
$$;

COMMENT ON FUNCTION my_child_ids() IS 'The students the caller is an APPROVED guardian of. Reads only.';

CREATE FUNCTION my_enrolled_class_ids() RETURNS uuid[]
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path FROM CURRENT
AS $$
BEGIN
    RETURN ARRAY(
        SELECT e.class_id FROM enrollments AS e WHERE e.student_id = current_user_id() AND e.status = 'ACTIVE'
    );
END;
$$;

COMMENT ON FUNCTION my_enrolled_class_ids() IS 'The classes the caller attends. Reads only.';

CREATE FUNCTION my_child_class_ids() RETURNS uuid[]
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path FROM CURRENT
AS $$
BEGIN
    RETURN ARRAY(
        SELECT DISTINCT e.class_id
        FROM enrollments AS e
        WHERE e.student_id = ANY (my_child_ids()) AND e.status = 'ACTIVE'
    );
END;
$$;

COMMENT ON FUNCTION my_child_class_ids() IS 'The classes the caller''s children attend. Reads only.';

GRANT EXECUTE ON FUNCTION
current_user_id(), my_role(), my_own_school_id(), my_school_ids(), my_class_ids(), my_school_class_ids(),
my_student_ids(), my_school_student_ids(), my_child_ids(), my_enrolled_class_ids(), my_child_class_ids()
TO authenticated_users, spark_service;

GRANT EXECUTE ON FUNCTION current_user_id() TO spark_reader;
