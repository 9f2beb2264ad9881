-- depends: physed_0027_promote_from_waitlist
-- Why:  at most 50 students, or the class's capacity, also when two people enrol at once. A count
--       sees no uncommitted rows; a counter written on the class row makes the second writer wait
--       (READ COMMITTED) or fail with 40001 (REPEATABLE READ). An AFTER trigger, because BEFORE
--       also fires for rows that ON CONFLICT DO NOTHING then drops; an UPDATE of no key column does
--       not clash with foreign key locks. Per statement: a class of 25 writes its row once, not 25
--       times.
-- Lock: brief on class_students (new triggers). Rollback loses: nothing; the limit is
--       gone.

-- Definer: the counter must not be blinded by the caller's row security, and callers cannot write
-- it.
CREATE FUNCTION count_enrolled() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path FROM CURRENT
AS $$
DECLARE
    v_change record;
    v_changes jsonb;
BEGIN
    IF TG_OP = 'INSERT' THEN
        SELECT jsonb_object_agg(g.class_id, g.joined) INTO v_changes
        FROM (
            SELECT n.class_id, count(*) AS joined
            FROM new_rows AS n
            WHERE n.status = 'enrolled'
            GROUP BY n.class_id
        ) AS g;
    ELSIF TG_OP = 'DELETE' THEN
        SELECT jsonb_object_agg(g.class_id, -g.gone) INTO v_changes
        FROM (
            SELECT o.class_id, count(*) AS gone
            FROM old_rows AS o
            WHERE o.status = 'enrolled'
            GROUP BY o.class_id
        ) AS g;
    ELSE
        SELECT jsonb_object_agg(g.class_id, g.joined) INTO v_changes
        FROM (
            SELECT c.class_id, sum(c.joined) AS joined
            FROM (
                SELECT n.class_id, 1 AS joined FROM new_rows AS n WHERE n.status = 'enrolled'
                UNION ALL
                SELECT o.class_id, -1 FROM old_rows AS o WHERE o.status = 'enrolled'
            ) AS c
            GROUP BY c.class_id
            HAVING sum(c.joined) <> 0
        ) AS g;
        -- The key of a class changes: the count goes along.
        IF EXISTS (
            SELECT 1
            FROM old_rows AS o
            WHERE NOT EXISTS (SELECT 1 FROM classes AS c WHERE c.id = o.class_id)
        ) THEN
            RETURN NULL;
        END IF;
    END IF;

    -- In the order of their ids, so that two statements that write several classes do not lock each
    -- other out.
    FOR v_change IN
        SELECT e.key::integer AS class_id, e.value::integer AS joined
        FROM jsonb_each_text(v_changes) AS e
        ORDER BY 1
    LOOP
        UPDATE classes AS c SET enrolled_count = c.enrolled_count + v_change.joined
        WHERE c.id = v_change.class_id
            AND (
                v_change.joined < 0
                OR c.enrolled_count + v_change.joined <= least(coalesce(c.capacity, 50), 50)
            );
        IF FOUND AND v_change.joined < 0 THEN
            PERFORM promote_from_waitlist(v_change.class_id);
        ELSIF NOT FOUND AND v_change.joined > 0 THEN
            RAISE EXCEPTION 'class % is full', v_change.class_id
                USING ERRCODE = 'check_violation', TABLE = 'class_students',
                CONSTRAINT = 'class_students_class_size_check',
                HINT = format(
                    'Use status ''waitlisted'', or enroll_student(%s, student_id).',
                    v_change.class_id
                );
        END IF;
    END LOOP;
    RETURN NULL;
END;
$$;

COMMENT ON FUNCTION count_enrolled() IS
'AFTER statement trigger: keeps classes.enrolled_count, refuses one student too many, fills free '
'places from the waitlist.';

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
    VALUES (
        p_class_id, p_student_id,
        CASE WHEN v_free THEN 'enrolled' ELSE 'waitlisted' END::enrollment_status
    )
    ON CONFLICT (class_id, student_id) DO UPDATE
    SET status = EXCLUDED.status, enrollment_date = EXCLUDED.enrollment_date
    WHERE e.status IN ('withdrawn', 'completed');

    SELECT e.status INTO v_status
    FROM class_students AS e
    WHERE e.class_id = p_class_id AND e.student_id = p_student_id;
    RETURN v_status;
END;
$$;

COMMENT ON FUNCTION enroll_student(integer, integer) IS
'Enrols a student, or puts the student at the end of the waitlist of a full class; returns which. '
'Enrols again who had left; changes nothing for who is in already.';

GRANT EXECUTE ON FUNCTION enroll_student(integer, integer) TO slate_services;
