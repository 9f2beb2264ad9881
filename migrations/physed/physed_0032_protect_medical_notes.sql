-- depends: physed_0031_authorise_teachers
-- Why:  column-level encryption is asked for and names no column; medical_notes is the one that
--       needs it. The key is in no statement, no parameter, no dump, no log. Without pgcrypto, or
--       without a key, what remains is that nobody may select the column.
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

-- Numbers that are taken stay taken: a reading whose row is rolled back leaves a gap.
CREATE SEQUENCE medical_notes_readings;

-- Definer: nobody may select the column; who may read a note is decided here, by the enrolments
-- themselves, and the reading is numbered and logged before the note is opened.
CREATE FUNCTION read_medical_notes(p_student_id integer) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER
SET search_path FROM CURRENT
AS $$
DECLARE
    v_me uuid := current_user_id();
    v_reading bigint;
    v_student students;
    v_notes text;
BEGIN
    IF NOT EXISTS (
        SELECT 1
        FROM class_students AS e
        INNER JOIN classes AS c ON c.id = e.class_id
        INNER JOIN users AS u ON u.id = c.teacher_id
        WHERE e.student_id = p_student_id AND e.status = 'enrolled' AND c.status <> 'completed'
            AND u.id = v_me AND u.is_teacher
    ) THEN
        RAISE EXCEPTION 'medical notes of student % are not for you', p_student_id
            USING ERRCODE = 'insufficient_privilege', TABLE = 'students', COLUMN = 'medical_notes',
            HINT = 'They are for active teachers of a class in which the student is enrolled; set '
                   'app.user_id.';
    END IF;
    v_reading := nextval('medical_notes_readings');
    RAISE LOG 'reading % of medical notes: student % by user %', v_reading, p_student_id, v_me;
    INSERT INTO activity_logs (user_id, action, context)
    VALUES (
        v_me, 'medical_notes.read',
        jsonb_build_object('student_id', p_student_id, 'reading', v_reading)
    );

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
    RETURN v_notes;
END;
$$;

COMMENT ON FUNCTION read_medical_notes(integer) IS
'Medical notes in clear text, for active teachers who teach the student now; 42501 for others. '
'Each reading takes a number, is a line of the server''s log, and a row of activity_logs; a '
'rollback takes back the row alone, see missing_medical_readings().';

CREATE FUNCTION missing_medical_readings() RETURNS SETOF bigint
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path FROM CURRENT
AS $$
BEGIN
    RETURN QUERY
    WITH logged AS (
        SELECT (l.context ->> 'reading')::bigint AS reading
        FROM activity_logs AS l
        WHERE l.action = 'medical_notes.read'
    )

    SELECT n.reading
    FROM medical_notes_readings AS s
    CROSS JOIN LATERAL generate_series(
        coalesce((SELECT min(l.reading) FROM logged AS l), 1),
        CASE WHEN s.is_called THEN s.last_value ELSE 0 END
    ) AS n (reading)
    WHERE NOT EXISTS (SELECT 1 FROM logged AS l WHERE l.reading = n.reading)
    ORDER BY n.reading;
END;
$$;

COMMENT ON FUNCTION missing_medical_readings() IS
'Numbers of readings without a row: rolled back, or not committed yet. Who read what is in the '
'server''s log under "reading N of medical notes". Readings that retention removed are not asked '
'for; after a crash up to 32 numbers may be skipped.';

CREATE FUNCTION seal_old_notes(p_limit integer DEFAULT 1000) RETURNS bigint
LANGUAGE plpgsql
SET search_path FROM CURRENT
AS $$
DECLARE
    v_sealed bigint := 0;
BEGIN
    IF pgcrypto_schema() IS NOT NULL AND EXISTS (SELECT 1 FROM medical_keys) THEN
        UPDATE students AS s SET medical_notes = s.medical_notes
        WHERE s.id IN (
            SELECT o.id
            FROM students AS o
            WHERE o.medical_notes IS NOT NULL
            ORDER BY o.id
            LIMIT p_limit
            FOR NO KEY UPDATE SKIP LOCKED
        );
        GET DIAGNOSTICS v_sealed = ROW_COUNT;
    END IF;
    RETURN v_sealed;
END;
$$;

COMMENT ON FUNCTION seal_old_notes(integer) IS
'Encrypts notes written before there was a key, p_limit at most; returns how many. Does nothing '
'without pgcrypto or a key. For the owner; run VACUUM FULL students afterwards to overwrite the '
'old rows on disk.';

CREATE FUNCTION medical_notes_protection() RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path FROM CURRENT
AS $$
    SELECT CASE
        WHEN pgcrypto_schema() IS NULL THEN 'column privileges only: pgcrypto is not installed'
        WHEN NOT EXISTS (SELECT 1 FROM medical_keys)
            THEN 'column privileges only: medical_keys is empty'
        WHEN clear.notes > 0
            THEN format('encrypted from now on: %s older notes are in clear text', clear.notes)
        ELSE 'encrypted'
    END
    FROM (
        SELECT count(*) AS notes FROM students AS s WHERE s.medical_notes IS NOT NULL
    ) AS clear
$$;

COMMENT ON FUNCTION medical_notes_protection() IS
'How notes are protected, old ones included. To encrypt: CREATE EXTENSION pgcrypto; put the key '
'into a file that only the server can read; INSERT its path into medical_keys; the job '
'seal_medical_notes then encrypts what is there.';

GRANT EXECUTE ON FUNCTION read_medical_notes(integer) TO authenticated_users, slate_services;
GRANT EXECUTE ON FUNCTION missing_medical_readings() TO slate_services;
GRANT EXECUTE ON FUNCTION medical_notes_protection() TO slate_services;
