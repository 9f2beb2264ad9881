-- depends: physed_0026_create_class_students
-- Why:  a place that becomes free belongs to who waits longest, and nobody has to remember that.
-- Lock: brief on classes (new trigger). Rollback loses: nothing; places are filled by hand.

-- Definer: counters must not be blinded by the caller's row security, and callers cannot write
-- them.
CREATE FUNCTION promote_from_waitlist(p_class_id integer) RETURNS integer[]
LANGUAGE plpgsql SECURITY DEFINER
SET search_path FROM CURRENT
AS $$
DECLARE
    v_promoted integer[] := '{}';
    v_student integer;
BEGIN
    LOOP
        PERFORM FROM classes AS c
        WHERE c.id = p_class_id
            AND c.status <> 'completed'
            AND c.enrolled_count < least(coalesce(c.capacity, 50), 50)
        FOR NO KEY UPDATE;
        EXIT WHEN NOT FOUND;

        -- SKIP LOCKED: a row that somebody is changing right now may want this class too, and must
        -- not wait for it. Who is skipped keeps the place in the queue; fill_free_places() looks
        -- again.
        UPDATE class_students AS e
        SET status = 'enrolled', enrollment_date = (now() AT TIME ZONE 'UTC')::date
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
'Enrols waitlisted students, first come first served, while the class has places; returns their '
'ids in order. Runs by itself when a place becomes free or capacity grows. A completed class '
'promotes nobody.';

CREATE FUNCTION fill_new_places() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path FROM CURRENT
AS $$
BEGIN
    PERFORM promote_from_waitlist(NEW.id);
    RETURN NULL;
END;
$$;

COMMENT ON FUNCTION fill_new_places() IS
'AFTER UPDATE row trigger: a larger class takes students from its waitlist.';

CREATE TRIGGER classes_fill_new_places
AFTER UPDATE OF capacity ON classes
FOR EACH ROW WHEN (coalesce(NEW.capacity, 50) > coalesce(OLD.capacity, 50))
EXECUTE FUNCTION fill_new_places();

CREATE FUNCTION fill_free_places() RETURNS TABLE (class_id integer, student_ids integer[])
LANGUAGE plpgsql
SET search_path FROM CURRENT
AS $$
BEGIN
    FOR class_id IN
        SELECT c.id
        FROM classes AS c
        WHERE c.status <> 'completed'
            AND c.enrolled_count < least(coalesce(c.capacity, 50), 50)
            AND EXISTS (
                SELECT 1
                FROM class_students AS w
                WHERE w.class_id = c.id AND w.status = 'waitlisted'
            )
        ORDER BY c.id
    LOOP
        student_ids := promote_from_waitlist(fill_free_places.class_id);
        IF student_ids <> '{}' THEN
            RETURN NEXT;
        END IF;
    END LOOP;
END;
$$;

COMMENT ON FUNCTION fill_free_places() IS
'Promotes in every class with places and a waitlist, as when somebody held the next in the queue '
'while a place became free; returns whom. For the owner.';

GRANT EXECUTE ON FUNCTION promote_from_waitlist(integer) TO slate_services;
