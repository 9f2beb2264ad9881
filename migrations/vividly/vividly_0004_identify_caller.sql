-- depends: vividly_0003_generate_ids
-- Why:  every policy asks the same questions: who calls, whom do they teach, which schools do they
--       run. PL/pgSQL finds the tables at the first call; they come in the next files.
-- Lock: none, only new objects. Rollback loses: nothing; fails while a policy still uses a
--       function.

-- The server tries permissive policies in the reverse order of their names. The caller's own rows
-- need no look-up, so their policies come last in the alphabet (students_…, teachers_…, after
-- administrators_…, class_teachers_… and internal_…), and often the others are not asked at all.

-- SQL without a path of its own, so that it becomes part of the query that asks.
CREATE FUNCTION claimed_user_id() RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE
RETURN nullif(current_setting('app.user_id', true), '');

COMMENT ON FUNCTION claimed_user_id() IS
'users.id the service names in SET LOCAL app.user_id, whether or not such an account lives; NULL '
'when unset. For the trail: rights ask current_user_id().';

-- SECURITY DEFINER here and below: the answer decides what the caller may see, so it cannot depend
-- on it.
CREATE FUNCTION current_user_id() RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path FROM CURRENT
AS $$
BEGIN
    RETURN (
        SELECT u.id
        FROM users AS u
        WHERE u.id = claimed_user_id() AND u.is_active AND u.deleted_at IS NULL
    );
END;
$$;

COMMENT ON FUNCTION current_user_id() IS
'users.id of the person the service acts for: SET LOCAL app.user_id. NULL when unset, and from the '
'moment the account is deactivated, closed or deleted: then no row is visible. Reads only.';

CREATE FUNCTION my_class_ids() RETURNS text[]
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path FROM CURRENT
AS $$
BEGIN
    RETURN ARRAY(
        SELECT c.id
        FROM classes AS c
        INNER JOIN users AS u ON u.id = c.teacher_id AND u.org_id = c.school_id
        WHERE c.teacher_id = claimed_user_id() AND c.is_active AND c.deleted_at IS NULL
            AND u.is_active AND u.deleted_at IS NULL
    );
END;
$$;

COMMENT ON FUNCTION my_class_ids() IS
'The active classes the caller teaches at the own school. Reads only.';

CREATE FUNCTION my_student_ids() RETURNS text[]
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path FROM CURRENT
AS $$
BEGIN
    -- The accounts by a list of ids: half the cost of a join, and each comes once.
    RETURN ARRAY(
        SELECT s.id
        FROM users AS s
        WHERE s.deleted_at IS NULL AND s.id = ANY (ARRAY(
            SELECT cs.student_id
            FROM classes AS c
            INNER JOIN users AS t ON t.id = c.teacher_id AND t.org_id = c.school_id
            INNER JOIN class_students AS cs ON cs.class_id = c.id
            WHERE c.teacher_id = claimed_user_id() AND c.is_active AND c.deleted_at IS NULL
                AND t.is_active AND t.deleted_at IS NULL AND cs.dropped_at IS NULL
        ))
    );
END;
$$;

COMMENT ON FUNCTION my_student_ids() IS
'The students in my_class_ids(), without dropped and deleted ones. Reads only.';

CREATE FUNCTION my_enrolled_class_ids() RETURNS text[]
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path FROM CURRENT
AS $$
BEGIN
    RETURN ARRAY(
        SELECT cs.class_id
        FROM class_students AS cs
        INNER JOIN classes AS c ON c.id = cs.class_id
        WHERE cs.student_id = current_user_id() AND cs.dropped_at IS NULL
            AND c.is_active AND c.deleted_at IS NULL
    );
END;
$$;

COMMENT ON FUNCTION my_enrolled_class_ids() IS
'The active classes the caller attends as a student. Reads only.';

CREATE FUNCTION my_own_org_ids() RETURNS text[]
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path FROM CURRENT
AS $$
BEGIN
    RETURN ARRAY(
        SELECT unnest(ARRAY[u.org_id, u.district_id])
        FROM users AS u
        WHERE u.id = claimed_user_id() AND u.is_active AND u.deleted_at IS NULL
    );
END;
$$;

COMMENT ON FUNCTION my_own_org_ids() IS 'The caller''s school and district. Reads only.';

CREATE FUNCTION my_org_ids() RETURNS text[]
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path FROM CURRENT
AS $$
BEGIN
    -- A school's administrator finds one row, a district's the district and everything under it.
    RETURN ARRAY(
        SELECT o.id
        FROM users AS u
        INNER JOIN organizations AS o
            ON o.id = u.org_id OR o.parent_id = u.org_id
        WHERE u.id = claimed_user_id() AND u.role IN ('school_admin', 'district_admin')
            AND u.is_active AND u.deleted_at IS NULL AND o.deleted_at IS NULL
    );
END;
$$;

COMMENT ON FUNCTION my_org_ids() IS
'The organizations the caller supervises: the school of a school_admin; the district and its '
'schools of a district_admin; empty for everybody else. Reads only.';

CREATE FUNCTION my_org_student_ids() RETURNS text[]
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path FROM CURRENT
AS $$
BEGIN
    RETURN ARRAY(
        SELECT s.id FROM users AS s WHERE s.org_id = ANY (my_org_ids()) AND s.role = 'student'
    );
END;
$$;

COMMENT ON FUNCTION my_org_student_ids() IS
'The students of my_org_ids(): who has moved elsewhere is not among them. Reads only.';

GRANT EXECUTE ON FUNCTION claimed_user_id() TO authenticated_users, slate_services, slate_readers;
GRANT EXECUTE ON FUNCTION current_user_id() TO authenticated_users, slate_services, slate_readers;
GRANT EXECUTE ON FUNCTION my_class_ids() TO authenticated_users;
GRANT EXECUTE ON FUNCTION my_student_ids() TO authenticated_users;
GRANT EXECUTE ON FUNCTION my_enrolled_class_ids() TO authenticated_users;
GRANT EXECUTE ON FUNCTION my_own_org_ids() TO authenticated_users;
GRANT EXECUTE ON FUNCTION my_org_ids(), my_org_student_ids() TO authenticated_users;
