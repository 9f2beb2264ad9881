-- depends: vividly_0013_create_interests
-- Why:  rows of a student carry the student's school: an administrator's policy then compares a
--       column with a handful of schools, not with every student of a district. The foreign keys of
--       the next files (student_id, school_id) make it follow when a student changes school.
-- Lock: none, only new objects. Rollback loses: nothing; fails while a trigger still uses the
--       function.

-- SECURITY DEFINER: the student must be found whoever writes.
CREATE FUNCTION fit_row_to_student() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path FROM CURRENT
AS $$
DECLARE
    v_role user_role;
BEGIN
    -- KEY SHARE is what the foreign key takes anyway; it waits for a change of role or school under
    -- way.
    SELECT u.role, u.org_id INTO v_role, NEW.school_id
    FROM users AS u
    WHERE u.id = NEW.student_id
    FOR KEY SHARE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'student "%" does not exist', NEW.student_id
            USING ERRCODE = 'foreign_key_violation', TABLE = TG_TABLE_NAME, COLUMN = 'student_id',
            CONSTRAINT = TG_TABLE_NAME || '_student_id_fkey';
    END IF;
    IF v_role <> 'student' THEN
        RAISE EXCEPTION '"%" is a % and has no row in %', NEW.student_id, v_role, TG_TABLE_NAME
            USING ERRCODE = 'check_violation', TABLE = TG_TABLE_NAME, COLUMN = 'student_id',
            CONSTRAINT = TG_TABLE_NAME || '_student_is_student_check',
            HINT = 'Give the users.id of an account with the role student.';
    END IF;
    RETURN NEW;
END;
$$;

COMMENT ON FUNCTION fit_row_to_student() IS
'BEFORE row trigger of the tables a student owns: student_id is a student; fills school_id.';
