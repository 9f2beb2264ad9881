-- depends: physed_0027_promote_from_waitlist
-- Why:  at most 50 students, or the class's capacity, also when two people enrol at once. A count
--       sees no uncommitted rows; a counter written on the class row makes the second writer wait
--       (READ COMMITTED) or fail with 40001 (REPEATABLE READ). The counter is counted anew under
--       that lock and not moved by a difference, since one statement can change members and delete
--       or renumber their class. An AFTER trigger, because BEFORE also fires for rows that ON
--       CONFLICT DO NOTHING then drops. Per statement: a class of 25 writes its row once.
-- Lock: brief on classes and class_students (new triggers). Rollback loses: nothing; the limit is
--       gone.

-- Definer, all that count: the counter must not be blinded by the caller's row security, and
-- callers cannot write it.
CREATE FUNCTION count_class(p_class_id integer) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER
SET search_path FROM CURRENT
AS $$
DECLARE
    v_enrolled integer;
    v_before integer;
    v_places integer;
BEGIN
    SELECT c.enrolled_count, least(coalesce(c.capacity, 50), 50) INTO v_before, v_places
    FROM classes AS c
    WHERE c.id = p_class_id
    FOR NO KEY UPDATE;
    -- NULL when the same statement deleted or renumbered the class.
    SELECT count(*) INTO v_enrolled
    FROM class_students AS e
    WHERE e.class_id = p_class_id AND e.status = 'enrolled';

    IF v_enrolled > v_before AND v_enrolled > v_places THEN
        RAISE EXCEPTION 'class % is full', p_class_id
            USING ERRCODE = 'check_violation', TABLE = 'class_students',
            CONSTRAINT = 'class_students_class_size_check',
            HINT = format(
                'Use status ''waitlisted'', or enroll_student(%s, student_id).', p_class_id
            );
    ELSIF v_enrolled <> v_before THEN
        UPDATE classes AS c SET enrolled_count = v_enrolled WHERE c.id = p_class_id;
        IF v_enrolled < v_before THEN
            PERFORM promote_from_waitlist(p_class_id);
        END IF;
    END IF;
END;
$$;

COMMENT ON FUNCTION count_class(integer) IS
'Counts classes.enrolled_count of one class anew and locks the class until the transaction ends; '
'refuses one student too many, fills free places from the waitlist.';

CREATE FUNCTION count_enrolled() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path FROM CURRENT
AS $$
DECLARE
    v_classes integer[];
BEGIN
    IF TG_OP = 'INSERT' THEN
        v_classes := ARRAY(SELECT n.class_id FROM new_rows AS n WHERE n.status = 'enrolled');
    ELSIF TG_OP = 'DELETE' THEN
        v_classes := ARRAY(SELECT o.class_id FROM old_rows AS o WHERE o.status = 'enrolled');
    ELSE
        v_classes := ARRAY(
            SELECT n.class_id FROM new_rows AS n WHERE n.status = 'enrolled'
            UNION ALL
            SELECT o.class_id FROM old_rows AS o WHERE o.status = 'enrolled'
        );
    END IF;
    -- In the order of their ids, so that two statements that write several classes do not lock each
    -- other out.
    PERFORM count_class(c.id)
    FROM (SELECT DISTINCT u.id FROM unnest(v_classes) AS u (id) ORDER BY u.id) AS c;
    RETURN NULL;
END;
$$;

COMMENT ON FUNCTION count_enrolled() IS
'AFTER statement trigger: count_class() for every class whose enrolled students the statement '
'touched.';

CREATE TRIGGER class_students_added_keep_class_size
AFTER INSERT ON class_students
REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT
EXECUTE FUNCTION count_enrolled();

CREATE TRIGGER class_students_removed_keep_class_size
AFTER DELETE ON class_students
REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT
EXECUTE FUNCTION count_enrolled();

CREATE TRIGGER class_students_keep_class_size
AFTER UPDATE ON class_students
REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT
EXECUTE FUNCTION count_enrolled();

CREATE FUNCTION count_renumbered_class() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path FROM CURRENT
AS $$
BEGIN
    PERFORM count_class(NEW.id);
    RETURN NULL;
END;
$$;

COMMENT ON FUNCTION count_renumbered_class() IS
'AFTER UPDATE row trigger: what the statement that changed the key did to members counts too.';

CREATE TRIGGER classes_renumbered_keep_class_size
AFTER UPDATE OF id ON classes
FOR EACH ROW WHEN (OLD.id <> NEW.id)
EXECUTE FUNCTION count_renumbered_class();

CREATE FUNCTION forget_enrolments() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path FROM CURRENT
AS $$
BEGIN
    -- All, not only those that count: a snapshot that is too old fails with 40001.
    UPDATE classes AS c SET enrolled_count = 0;
    RETURN NULL;
END;
$$;

COMMENT ON FUNCTION forget_enrolments() IS
'AFTER TRUNCATE statement trigger: classes without members count none.';

CREATE TRIGGER class_students_emptied_keep_class_size
AFTER TRUNCATE ON class_students
FOR EACH STATEMENT EXECUTE FUNCTION forget_enrolments();

-- Definer: the class row is locked first, which the caller may not do.
CREATE FUNCTION enroll_student(p_class_id integer, p_student_id integer) RETURNS enrollment_status
LANGUAGE plpgsql SECURITY DEFINER
SET search_path FROM CURRENT
AS $$
DECLARE
    v_free boolean;
    v_status enrollment_status;
BEGIN
    -- Who waits is first: a place may have become free while somebody held the next in the queue.
    PERFORM promote_from_waitlist(p_class_id);
    SELECT c.enrolled_count < least(coalesce(c.capacity, 50), 50) INTO v_free
    FROM classes AS c
    WHERE c.id = p_class_id
    FOR NO KEY UPDATE;

    INSERT INTO class_students AS e (class_id, student_id, status)
    VALUES (
        p_class_id, p_student_id,
        CASE WHEN v_free THEN 'enrolled' ELSE 'waitlisted' END::enrollment_status
    )
    ON CONFLICT (class_id, student_id) DO UPDATE
    SET status = EXCLUDED.status, enrollment_date = EXCLUDED.enrollment_date
    WHERE e.status IN ('withdrawn', 'completed') OR (e.status = 'waitlisted' AND v_free);

    SELECT e.status INTO v_status
    FROM class_students AS e
    WHERE e.class_id = p_class_id AND e.student_id = p_student_id;
    RETURN v_status;
END;
$$;

COMMENT ON FUNCTION enroll_student(integer, integer) IS
'Enrols a student, or puts the student at the end of the waitlist of a full class; returns which. '
'Free places go to who waits first. Enrols again who had left; changes nothing for who is in.';

GRANT EXECUTE ON FUNCTION enroll_student(integer, integer) TO slate_services;
