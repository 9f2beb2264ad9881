-- depends: physed_0024_create_class_students
-- Why:  at most 50 students, or the class's capacity, also when two people enrol at once. A count sees no
--       uncommitted rows; a counter written on the class row makes the second writer wait (READ COMMITTED) or
--       fail with 40001 (REPEATABLE READ). An AFTER trigger, because BEFORE also fires for rows that
--       ON CONFLICT DO NOTHING then drops; an UPDATE of no key column does not clash with foreign key locks.
-- Lock: brief on classes and class_students (new triggers). Rollback loses: nothing; the limit is gone.

-- Definer: counters must not be blinded by the caller's row security, and callers cannot write them.
CREATE FUNCTION promote_from_waitlist(p_class_id integer) RETURNS integer []
LANGUAGE plpgsql SECURITY DEFINER
SET search_path FROM CURRENT
AS $$
DECLARE
    v_promoted integer[] := '{}';
    v_student integer;
BEGIN
    LOOP
        PERFORM FROM classes AS c
        WHERE c.id = p_class_id AND c.status <> 'completed' AND c.enrolled_count < least(coalesce(c.capacity, 50), 50)
        FOR NO KEY UPDATE;
        EXIT WHEN NOT FOUND;

        -- SKIP LOCKED: a row that somebody is changing right now may want this class too, and must not wait for it.
        UPDATE class_students AS e
        SET status = 'enrolled', enrollment_date = current_date
        WHERE e.class_id = p_class_id AND e.student_id = (
            SELECT w.student_id
            FROM class_students AS w
            WHERE w.class_id = p_class_id AND w.status = 'waitlisted'
            ORDER BY w.waitlisted_at, w.student_id
            LIMIT 1
            FOR NO KEY UPDATE SKIP LOCKED
        )
        RETURNING e.student_id INTO v_student;
        EXIT WHEN NOT FOUND;
        v_promoted := v_promoted || v_student;
    END LOOP;
    RETURN v_promoted;
END;
$$;

COMMENT ON FUNCTION promote_from_waitlist(integer) IS
'Enrols waitlisted students, first come first served, while the class has places; returns their ids in order. '
'Runs by itself when a place becomes free or capacity grows. A completed class promotes nobody.';

CREATE FUNCTION count_enrolled() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path FROM CURRENT
AS $$
DECLARE
    v_left integer := CASE WHEN TG_OP <> 'INSERT' AND OLD.status = 'enrolled' THEN OLD.class_id END;
    v_joined integer := CASE WHEN TG_OP <> 'DELETE' AND NEW.status = 'enrolled' THEN NEW.class_id END;
BEGIN
    IF v_left IS NOT DISTINCT FROM v_joined THEN
        RETURN NULL;
    END IF;
    IF v_left IS NOT NULL THEN
        UPDATE classes SET enrolled_count = enrolled_count - 1 WHERE id = v_left;
        IF NOT FOUND THEN
            RETURN NULL;  -- the class is being deleted, or its key changes: the count goes along
        END IF;
    END IF;
    IF v_joined IS NOT NULL THEN
        UPDATE classes SET enrolled_count = enrolled_count + 1
        WHERE id = v_joined AND enrolled_count < least(coalesce(capacity, 50), 50);
        IF NOT FOUND THEN
            RAISE EXCEPTION 'class % is full', v_joined
                USING ERRCODE = 'check_violation', TABLE = 'class_students',
                CONSTRAINT = 'class_students_class_size_check',
                HINT = format('Use status ''waitlisted'', or SELECT enroll_student(%s, %s);', v_joined, NEW.student_id);
        END IF;
    END IF;
    IF v_left IS NOT NULL THEN
        PERFORM promote_from_waitlist(v_left);
    END IF;
    RETURN NULL;
END;
$$;

COMMENT ON FUNCTION count_enrolled() IS
'AFTER row trigger: keeps classes.enrolled_count, refuses one student too many, fills a free place from the waitlist.';

CREATE TRIGGER class_students_keep_class_size
AFTER INSERT OR DELETE OR UPDATE OF status, class_id ON class_students
FOR EACH ROW EXECUTE FUNCTION count_enrolled();

CREATE FUNCTION fill_new_places() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path FROM CURRENT
AS $$
BEGIN
    PERFORM promote_from_waitlist(NEW.id);
    RETURN NULL;
END;
$$;

COMMENT ON FUNCTION fill_new_places() IS 'AFTER UPDATE row trigger: a larger class takes students from its waitlist.';

CREATE TRIGGER classes_fill_new_places AFTER UPDATE OF capacity ON classes
FOR EACH ROW WHEN (coalesce(NEW.capacity, 50) > coalesce(OLD.capacity, 50))
EXECUTE FUNCTION fill_new_places();

-- Definer: the class row is locked first, which the caller may not do.
CREATE FUNCTION enroll_student(p_class_id integer, p_student_id integer) RETURNS enrollment_status
LANGUAGE plpgsql SECURITY DEFINER
SET search_path FROM CURRENT
AS $$
DECLARE
    v_free boolean;
    v_status enrollment_status;
BEGIN
    SELECT c.enrolled_count < least(coalesce(c.capacity, 50), 50) INTO v_free
    FROM classes AS c
    WHERE c.id = p_class_id
    FOR NO KEY UPDATE;

    INSERT INTO class_students AS e (class_id, student_id, status)
    VALUES (p_class_id, p_student_id, CASE WHEN v_free THEN 'enrolled' ELSE 'waitlisted' END::enrollment_status)
    ON CONFLICT (class_id, student_id) DO UPDATE
    SET status = excluded.status, enrollment_date = excluded.enrollment_date
    WHERE e.status IN ('withdrawn', 'completed');

    SELECT e.status INTO v_status
    FROM class_students AS e
    WHERE e.class_id = p_class_id AND e.student_id = p_student_id;
    RETURN v_status;
END;
$$;

COMMENT ON FUNCTION enroll_student(integer, integer) IS
'Enrols a student, or puts the student at the end of the waitlist of a full class; returns which. Enrols again who '
'had left; changes nothing for who is in already.';

GRANT EXECUTE ON FUNCTION enroll_student(integer, integer) TO physed_service;
GRANT EXECUTE ON FUNCTION promote_from_waitlist(integer) TO physed_service;
