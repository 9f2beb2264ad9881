-- depends: vividly_0027_recount_content_usage
-- Why:  row security asks for every row. A class dashboard reads two thousand, and who teaches the
--       class may see them all: once is enough. And a full-text index is out of reach under row
--       security, since its operator is not leakproof. Both functions show what the policies show;
--       test_access.py compares.
-- Lock: none, only new objects. Rollback loses: nothing.

-- SECURITY DEFINER: the index first, what the caller sees of it second.
CREATE FUNCTION visible_user_ids_named(p_words text) RETURNS text[]
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path FROM CURRENT
AS $$
DECLARE
    v_user_id text := current_user_id();
    v_student_ids text[] := my_student_ids();
    v_org_ids text[] := my_org_ids();
    v_is_staff boolean := staff_from() IS NOT NULL;
BEGIN
    RETURN ARRAY(
        SELECT u.id
        FROM users AS u
        WHERE to_tsvector('simple', u.first_name || ' ' || u.last_name)
            @@ plainto_tsquery('simple', p_words)
            AND u.deleted_at IS NULL
            AND (
                u.id = v_user_id OR v_is_staff OR u.id = ANY (v_student_ids)
                OR u.org_id = ANY (v_org_ids)
            )
    );
END;
$$;

COMMENT ON FUNCTION visible_user_ids_named(text) IS
'user_ids_named() for a person: only those whom the person of app.user_id sees. Reads only.';

CREATE FUNCTION user_ids_named(p_words text) RETURNS text[]
LANGUAGE plpgsql STABLE
SET search_path FROM CURRENT
AS $$
BEGIN
    IF row_security_active('users') AND pg_has_role('authenticated_users', 'USAGE') THEN
        RETURN visible_user_ids_named(p_words);
    END IF;
    RETURN ARRAY(
        SELECT u.id
        FROM users AS u
        WHERE to_tsvector('simple', u.first_name || ' ' || u.last_name)
            @@ plainto_tsquery('simple', p_words)
            AND u.deleted_at IS NULL
    );
END;
$$;

COMMENT ON FUNCTION user_ids_named(text) IS
'The live accounts whose names hold all the words, in any order and whatever their case, as far '
'as the caller sees them. Reads only.';

CREATE FUNCTION sum_up_class(p_class_id text, p_everybody boolean, p_org_ids text[]) RETURNS TABLE (
    id text, first_name text, last_name text, last_login_at timestamptz,
    topics_completed bigint, total_requests bigint, avg_rating numeric, last_activity timestamptz
)
LANGUAGE plpgsql STABLE ROWS 30
SET search_path FROM CURRENT
AS $$
BEGIN
    RETURN QUERY
    SELECT
        u.id::text, u.first_name::text, u.last_name::text, u.last_login_at,
        p.topics_completed, r.total_requests, f.avg_rating, p.last_activity
    FROM class_students AS cs
    INNER JOIN users AS u ON u.id = cs.student_id AND u.deleted_at IS NULL
    CROSS JOIN LATERAL (
        SELECT
            count(*) FILTER (WHERE sp.status = 'completed') AS topics_completed,
            max(sp.last_viewed_at) AS last_activity
        FROM student_progress AS sp
        WHERE sp.student_id = cs.student_id
    ) AS p
    CROSS JOIN LATERAL (
        SELECT count(*) AS total_requests
        FROM content_requests AS cr
        WHERE cr.student_id = cs.student_id AND cr.deleted_at IS NULL
    ) AS r
    CROSS JOIN LATERAL (
        SELECT avg(fb.rating) AS avg_rating FROM feedback AS fb WHERE fb.student_id = cs.student_id
    ) AS f
    WHERE cs.class_id = p_class_id AND cs.dropped_at IS NULL
        AND (
            p_everybody
            OR u.id = (SELECT current_user_id())
            OR (cs.school_id = ANY (p_org_ids) AND u.org_id = ANY (p_org_ids))
        );
END;
$$;

COMMENT ON FUNCTION sum_up_class(text, boolean, text[]) IS
'For class_engagement(): all students of a class, or only the caller and those of the given '
'organizations. Under the caller''s row security. Reads only.';

-- SECURITY DEFINER: asks once for the class, then reads its students' rows without asking again.
CREATE FUNCTION visible_class_engagement(p_class_id text) RETURNS TABLE (
    id text, first_name text, last_name text, last_login_at timestamptz,
    topics_completed bigint, total_requests bigint, avg_rating numeric, last_activity timestamptz
)
LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 30
SET search_path FROM CURRENT
AS $$
BEGIN
    RETURN QUERY
    SELECT c.*
    FROM sum_up_class(
        p_class_id, p_class_id = ANY (my_class_ids()) OR staff_from() IS NOT NULL, my_org_ids()
    ) AS c;
END;
$$;

COMMENT ON FUNCTION visible_class_engagement(text) IS
'class_engagement() for a person: to the teacher and to staff the whole class, to an administrator '
'the own schools'' students in a class of the own schools, to a student the own row. Reads only.';

CREATE FUNCTION class_engagement(p_class_id text) RETURNS TABLE (
    id text, first_name text, last_name text, last_login_at timestamptz,
    topics_completed bigint, total_requests bigint, avg_rating numeric, last_activity timestamptz
)
LANGUAGE plpgsql STABLE ROWS 30
SET search_path FROM CURRENT
AS $$
BEGIN
    IF row_security_active('users') AND pg_has_role('authenticated_users', 'USAGE') THEN
        RETURN QUERY SELECT c.* FROM visible_class_engagement(p_class_id) AS c;
    ELSE
        RETURN QUERY SELECT c.* FROM sum_up_class(p_class_id, true, NULL) AS c;
    END IF;
END;
$$;

COMMENT ON FUNCTION class_engagement(text) IS
'A class, student by student, as far as the caller sees it: topics completed, requests not '
'deleted, the average of the stars given (NULL without), the last view. Reads only.';

GRANT EXECUTE ON FUNCTION user_ids_named(text)
TO authenticated_users, slate_services, slate_readers;
GRANT EXECUTE ON FUNCTION visible_user_ids_named(text) TO authenticated_users;
GRANT EXECUTE ON FUNCTION class_engagement(text)
TO authenticated_users, slate_services, slate_readers;
GRANT EXECUTE ON FUNCTION visible_class_engagement(text) TO authenticated_users;
GRANT EXECUTE ON FUNCTION sum_up_class(text, boolean, text[]) TO slate_services, slate_readers;
