-- depends: vividly_0034_forget_people
-- Why:  one person asks to be deleted, and one call does it: DELETE of a teacher is refused by the
--       classes.
-- Lock: none, only new objects. Rollback loses: nothing; what was purged stays purged.

CREATE FUNCTION purge_user(p_user_id text, p_successor_id text DEFAULT NULL)
RETURNS TABLE (step integer, table_name text, rows_deleted bigint)
LANGUAGE plpgsql
SET search_path FROM CURRENT
AS $$
DECLARE
    v_column text;
BEGIN
    -- Nothing new hangs itself on the account while it goes.
    PERFORM FROM users AS u WHERE u.id = p_user_id FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'user "%" does not exist', p_user_id
            USING ERRCODE = 'no_data_found', TABLE = 'users';
    END IF;
    IF p_successor_id IS NOT NULL THEN
        UPDATE classes AS c SET teacher_id = p_successor_id WHERE c.teacher_id = p_user_id;
    ELSIF EXISTS (
        SELECT 1 FROM classes AS c WHERE c.teacher_id = p_user_id AND c.deleted_at IS NULL
    ) THEN
        RAISE EXCEPTION 'teacher "%" still has classes', p_user_id
            USING ERRCODE = 'check_violation', TABLE = 'users',
            CONSTRAINT = 'users_teacher_has_classes_check',
            HINT = 'Name as second argument the teacher of the school who takes them over.';
    END IF;
    step := 0;
    -- Each before what it refers to; what would cascade is named, so that it is counted.
    FOR table_name, v_column IN
        VALUES
        ('feedback', 'student_id'),
        ('student_progress', 'student_id'),
        ('student_interests', 'student_id'),
        ('content_requests', 'student_id'),
        ('student_account_requests', 'teacher_id'),
        ('bulk_upload_jobs', 'uploaded_by'),
        ('class_students', 'student_id'),
        ('classes', 'teacher_id'),
        ('users', 'id')
    LOOP
        EXECUTE format('DELETE FROM %I WHERE %I = $1', table_name, v_column) USING p_user_id;
        GET DIAGNOSTICS rows_deleted = ROW_COUNT;
        step := step + 1;
        RETURN NEXT;
    END LOOP;
END;
$$;

COMMENT ON FUNCTION purge_user(text, text) IS
'Deletes a person and all that names the person: rows, account requests, uploads, classes that '
'were deleted before, and the names in the trail and its archives, which keep what happened under '
'a key without meaning. A teacher''s classes pass to the second argument. Not undone by anything '
'but a backup. Returns the rows per table.';

GRANT EXECUTE ON FUNCTION purge_user(text, text) TO slate_services;

CREATE FUNCTION erase_person(p_user_id text, p_successor_id text DEFAULT NULL) RETURNS boolean
LANGUAGE plpgsql
SET search_path FROM CURRENT
AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM users AS u WHERE u.id = p_user_id) THEN
        RETURN false;
    END IF;
    PERFORM purge_user(p_user_id, p_successor_id);
    RETURN true;
END;
$$;

COMMENT ON FUNCTION erase_person(text, text) IS
'The call that every product has: purge_user(). False where there is no such user. For the '
'service; cannot be undone.';

GRANT EXECUTE ON FUNCTION erase_person(text, text) TO slate_services;
