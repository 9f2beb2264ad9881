-- depends: physed_0031_authorise_teachers
-- Why:  column-level encryption (line 1014) names no column; medical_notes is the one that needs
--       it. The key is in no statement, no parameter, no dump, no log. Without pgcrypto, or without
--       a key, what remains is that nobody may select the column.
-- Lock: brief on students (new trigger). Rollback loses: the way to read encrypted notes; the notes
--       stay.

-- Definer: keys and key files are for the owner alone.
CREATE FUNCTION seal_medical_notes() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path FROM CURRENT
AS $$
DECLARE
    v_key medical_keys := (SELECT k FROM medical_keys AS k ORDER BY k.id DESC LIMIT 1);
    v_schema text := pgcrypto_schema();
BEGIN
    NEW.medical_notes_cipher := NULL;
    NEW.medical_key_id := NULL;
    IF NEW.medical_notes IS NULL OR v_schema IS NULL OR v_key.id IS NULL THEN
        RETURN NEW;
    END IF;
    EXECUTE format(
        'SELECT %s.pgp_sym_encrypt($1, rtrim(pg_catalog.pg_read_file($2), E''\r\n''), '
        '''cipher-algo=aes256'')',
        v_schema
    ) INTO NEW.medical_notes_cipher USING NEW.medical_notes::text, v_key.file_path;
    NEW.medical_notes := NULL;
    NEW.medical_key_id := v_key.id;
    RETURN NEW;
END;
$$;

COMMENT ON FUNCTION seal_medical_notes() IS
'BEFORE row trigger: encrypts notes that are written, where pgcrypto and a key exist. A missing '
'key file is an error.';

CREATE TRIGGER students_notes_are_sealed
BEFORE INSERT OR UPDATE OF medical_notes ON students
FOR EACH ROW EXECUTE FUNCTION seal_medical_notes();

-- Definer: nobody may select the column; who may read a note is decided here, and the reading is
-- logged.
CREATE FUNCTION read_medical_notes(p_student_id integer) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER
SET search_path FROM CURRENT
AS $$
DECLARE
    v_student students;
    v_notes text;
BEGIN
    IF NOT p_student_id = ANY (my_enrolled_student_ids()) THEN
        RAISE EXCEPTION 'medical notes of student % are not for you', p_student_id
            USING ERRCODE = 'insufficient_privilege', TABLE = 'students', COLUMN = 'medical_notes',
            HINT = 'They are for active teachers of a class in which the student is enrolled; set '
                   'app.user_id.';
    END IF;
    SELECT s.* INTO v_student FROM students AS s WHERE s.id = p_student_id;
    v_notes := v_student.medical_notes;
    IF v_student.medical_notes_cipher IS NOT NULL THEN
        EXECUTE format(
            'SELECT %s.pgp_sym_decrypt($1, rtrim(pg_catalog.pg_read_file($2), E''\r\n''))',
            pgcrypto_schema()
        ) INTO v_notes
        USING v_student.medical_notes_cipher, (
            SELECT k.file_path FROM medical_keys AS k WHERE k.id = v_student.medical_key_id
        );
    END IF;
    PERFORM log_action('medical_notes.read', jsonb_build_object('student_id', p_student_id));
    RETURN v_notes;
END;
$$;

COMMENT ON FUNCTION read_medical_notes(integer) IS
'Medical notes in clear text, for active teachers who teach the student now; 42501 for others. '
'Logs each reading.';

CREATE FUNCTION medical_notes_protection() RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path FROM CURRENT
AS $$
    SELECT CASE
        WHEN pgcrypto_schema() IS NULL THEN 'column privileges only: pgcrypto is not installed'
        WHEN NOT EXISTS (SELECT 1 FROM medical_keys)
            THEN 'column privileges only: medical_keys is empty'
        ELSE 'encrypted'
    END
$$;

COMMENT ON FUNCTION medical_notes_protection() IS
'How notes written from now on are protected. To encrypt: CREATE EXTENSION pgcrypto; put the key '
'into a file that only the server can read; INSERT its path into medical_keys; UPDATE students SET '
'medical_notes = medical_notes.';

GRANT EXECUTE ON FUNCTION read_medical_notes(integer) TO authenticated_users, slate_services;
GRANT EXECUTE ON FUNCTION medical_notes_protection() TO slate_services;
