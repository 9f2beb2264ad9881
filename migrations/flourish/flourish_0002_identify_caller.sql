-- depends: flourish_0001_open_schema
-- Why:  every policy asks who calls and whom they teach; the answer belongs in one place.
-- Lock: none, only new objects. Rollback loses: nothing; fails while a policy uses a function.

-- SQL and no search_path of its own, so that a query carries the expression and not the call.
CREATE FUNCTION current_user_id() RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
    SELECT core.setting_text('app.user_id')
$$;

COMMENT ON FUNCTION current_user_id() IS
'teachers.id or students.id of the person the service acts for (SET LOCAL app.user_id = ''T001''). '
'NULL when unset, and then no row is visible. Reads only.';

CREATE FUNCTION current_teacher_id() RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
    SELECT CASE WHEN core.setting_text('app.user_id') LIKE 'T%' THEN
        core.setting_text('app.user_id')
    END
$$;

COMMENT ON FUNCTION current_teacher_id() IS
'current_user_id() of a teacher, and NULL for anybody else: the default of every column that says '
'which teacher did something. Reads only.';

-- SECURITY DEFINER: the answer decides which students the caller sees, so it cannot depend on that.
-- PL/pgSQL finds students at the first call; the table comes two files on.
CREATE FUNCTION my_student_ids() RETURNS text[]
LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY DEFINER
SET search_path FROM CURRENT
AS $$
BEGIN
    RETURN ARRAY(SELECT s.id FROM students AS s WHERE s.teacher_id = current_user_id());
END;
$$;

COMMENT ON FUNCTION my_student_ids() IS
'The students of the calling teacher; empty for a student and for nobody. Reads only.';

-- One list for both audiences: a policy for students and one for their teachers would be joined by
-- OR, and to find one skill of a student PostgreSQL would read all of the student's assessments.
CREATE FUNCTION visible_student_ids() RETURNS text[]
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path FROM CURRENT
AS $$
DECLARE
    v_me text := current_user_id();
BEGIN
    -- A teacher's id starts with T (chk_teacher_id): a student has no students to look for.
    IF v_me LIKE 'S%' THEN
        RETURN ARRAY[v_me];
    END IF;
    RETURN my_student_ids() || v_me;
END;
$$;

COMMENT ON FUNCTION visible_student_ids() IS
'Whose evidence the caller may read: a teacher''s own students, a student''s own. The list ends '
'with the caller''s id, which among a teacher''s students is nobody''s. Reads only.';

GRANT EXECUTE ON FUNCTION current_user_id()
TO authenticated_users, slate_services, slate_readers;

GRANT EXECUTE ON FUNCTION current_teacher_id() TO authenticated_users, slate_services;

GRANT EXECUTE ON FUNCTION my_student_ids() TO authenticated_users;

GRANT EXECUTE ON FUNCTION visible_student_ids() TO authenticated_users;
