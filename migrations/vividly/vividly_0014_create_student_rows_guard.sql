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
BEGIN
    -- KEY SHARE is what the foreign key takes anyway; it waits for a change of role or school under
    -- way.
    SELECT u.org_id INTO NEW.school_id
    FROM users AS u
    WHERE u.id = NEW.student_id
    FOR KEY SHARE;
    -- Says nothing: a missing student is the foreign key's to tell, after the policies have spoken.
    NEW.school_id := coalesce(NEW.school_id, '');
    RETURN NEW;
END;
$$;

COMMENT ON FUNCTION fit_row_to_student() IS
'BEFORE row trigger of the tables a student owns: fills school_id.';

-- SECURITY DEFINER: the student must be found whoever writes. AFTER, so that the policies speak
-- first: a person learns nothing of somebody else's id.
CREATE FUNCTION require_student() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path FROM CURRENT
AS $$
DECLARE
    v_role user_role;
BEGIN
    SELECT u.role INTO v_role FROM users AS u WHERE u.id = NEW.student_id;
    IF v_role <> 'student' THEN
        RAISE EXCEPTION '"%" is a % and has no row in %', NEW.student_id, v_role, TG_TABLE_NAME
            USING ERRCODE = 'check_violation', TABLE = TG_TABLE_NAME, COLUMN = 'student_id',
            CONSTRAINT = TG_TABLE_NAME || '_student_is_student_check',
            HINT = 'Give the users.id of an account with the role student.';
    END IF;
    RETURN NULL;
END;
$$;

COMMENT ON FUNCTION require_student() IS
'AFTER row trigger of the tables a student owns: student_id is a student.';

-- SECURITY DEFINER: the person must be found whoever writes.
CREATE FUNCTION require_role() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path FROM CURRENT
AS $$
DECLARE
    v_id text := to_jsonb(NEW) ->> TG_ARGV[0];
    v_role user_role;
BEGIN
    SELECT u.role INTO v_role FROM users AS u WHERE u.id = v_id FOR KEY SHARE;
    IF v_role::text <> ALL (TG_ARGV[1:]) THEN
        RAISE EXCEPTION '"%" is a % and cannot be % of %', v_id, v_role, TG_ARGV[0], TG_TABLE_NAME
            USING ERRCODE = 'check_violation', TABLE = TG_TABLE_NAME, COLUMN = TG_ARGV[0],
            CONSTRAINT = format('%s_%s_role_check', TG_TABLE_NAME, TG_ARGV[0]),
            HINT = format('Allowed: %s.', array_to_string(TG_ARGV[1:], ', '));
    END IF;
    RETURN NULL;
END;
$$;

COMMENT ON FUNCTION require_role() IS
'AFTER row trigger: the person in the column named first has one of the roles named after it. '
'NULL and a missing person pass; the foreign key tells of the latter.';
