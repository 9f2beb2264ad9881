-- depends: spark_0011_create_classes
-- Why:  who attends what. A seat is taken by writing the class row, which serialises two last-seat
--       takers and fails with 40001 where a snapshot is too old to count.
-- Lock: none, only new objects. Rollback loses: every enrolment.

CREATE TYPE enrollment_status AS ENUM ('ACTIVE', 'INACTIVE', 'COMPLETED', 'DROPPED');
COMMENT ON TYPE enrollment_status IS
'Only ACTIVE takes a seat and lets the teacher see the student.';

CREATE TABLE enrollments (
    id uuid NOT NULL DEFAULT gen_random_uuid(),
    student_id uuid NOT NULL,
    class_id uuid NOT NULL,
    enrolled_at timestamptz NOT NULL DEFAULT now(),
    status enrollment_status NOT NULL DEFAULT 'ACTIVE',
    final_grade varchar(5),

    CONSTRAINT enrollments_pkey PRIMARY KEY (id),
    CONSTRAINT enrollments_dates_are_finite_check CHECK (isfinite(enrolled_at)),
    CONSTRAINT enrollments_student_id_fkey FOREIGN KEY (student_id)
        REFERENCES users (id) ON DELETE CASCADE,
    CONSTRAINT enrollments_class_id_fkey FOREIGN KEY (class_id)
        REFERENCES classes (id) ON DELETE CASCADE
);

COMMENT ON TABLE enrollments IS 'A student in a class, once each.';
COMMENT ON COLUMN enrollments.status IS
'Only ACTIVE takes a seat and opens the student to the class''s teacher.';
COMMENT ON COLUMN enrollments.enrolled_at IS 'When the student joined; finite.';
COMMENT ON COLUMN enrollments.final_grade IS
'A letter grade such as A+, A or B+; the list is the school''s.';

CREATE UNIQUE INDEX idx_enrollments_student ON enrollments (student_id, class_id);
CREATE INDEX idx_enrollments_class ON enrollments (class_id);
CREATE INDEX idx_enrollments_status ON enrollments (status);

-- Definer: counts all seats, not only those the writer may see.
CREATE FUNCTION take_class_seat() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path FROM CURRENT
AS $$
DECLARE
    v_class record;
BEGIN
    IF TG_OP = 'TRUNCATE' THEN
        -- All, not only those that count: a snapshot that is too old fails with 40001.
        UPDATE classes SET current_students = 0;
    ELSIF TG_OP = 'UPDATE' THEN
        IF OLD.status = 'ACTIVE' THEN
            UPDATE classes SET current_students = current_students - 1 WHERE id = OLD.class_id;
        END IF;
        IF NEW.status = 'ACTIVE' THEN
            PERFORM take_class_seats(NEW.class_id, 1);
        END IF;
    ELSIF TG_OP = 'DELETE' THEN
        UPDATE classes SET current_students = current_students - 1 WHERE id = OLD.class_id;
    ELSE
        -- By class, in order: two lists that enrol into the same classes wait for each other and
        -- never for ever.
        FOR v_class IN
            SELECT n.class_id, count(*) AS seats
            FROM new_rows AS n
            WHERE n.status = 'ACTIVE'
            GROUP BY n.class_id
            ORDER BY n.class_id
        LOOP
            PERFORM take_class_seats(v_class.class_id, v_class.seats::integer);
        END LOOP;
    END IF;
    RETURN NULL;
END;
$$;

COMMENT ON FUNCTION take_class_seat() IS
'AFTER INSERT and TRUNCATE statement trigger, AFTER UPDATE and DELETE row trigger: keeps '
'classes.current_students and the limit max_students.';

CREATE FUNCTION take_class_seats(p_class_id uuid, p_seats integer) RETURNS void
LANGUAGE plpgsql
SET search_path FROM CURRENT
AS $$
BEGIN
    UPDATE classes SET current_students = current_students + p_seats
    WHERE id = p_class_id AND current_students + p_seats <= max_students;
    IF NOT FOUND AND EXISTS (SELECT 1 FROM classes WHERE id = p_class_id) THEN
        RAISE EXCEPTION 'class "%" is full', p_class_id
            USING ERRCODE = 'check_violation', TABLE = 'classes', COLUMN = 'max_students',
            CONSTRAINT = 'classes_seats_within_limit_check',
            HINT = 'Raise max_students, or end an ACTIVE enrolment first.';
    END IF;
END;
$$;

COMMENT ON FUNCTION take_class_seats(uuid, integer) IS
'Takes free seats of a class; 23514 when there are too few.';

-- AFTER, not BEFORE: a row that ON CONFLICT DO NOTHING skips has fired its BEFORE triggers and
-- takes no seat.
CREATE TRIGGER enrollments_take_class_seats
AFTER INSERT ON enrollments
REFERENCING NEW TABLE AS new_rows
FOR EACH STATEMENT EXECUTE FUNCTION take_class_seat();
CREATE TRIGGER enrollments_move_class_seat
AFTER UPDATE OF class_id, status ON enrollments
FOR EACH ROW WHEN (
    (OLD.class_id, OLD.status = 'ACTIVE') IS DISTINCT FROM (NEW.class_id, NEW.status = 'ACTIVE')
)
EXECUTE FUNCTION take_class_seat();
CREATE TRIGGER enrollments_free_class_seat
AFTER DELETE ON enrollments
FOR EACH ROW WHEN (OLD.status = 'ACTIVE') EXECUTE FUNCTION take_class_seat();
CREATE TRIGGER enrollments_free_class_seats
AFTER TRUNCATE ON enrollments
FOR EACH STATEMENT EXECUTE FUNCTION take_class_seat();
CREATE TRIGGER audit_enrollments
AFTER UPDATE OR DELETE ON enrollments
FOR EACH ROW EXECUTE FUNCTION audit_trigger_function('enrollments');
CREATE TRIGGER audit_new_enrollments
AFTER INSERT ON enrollments
REFERENCING NEW TABLE AS new_rows
FOR EACH STATEMENT EXECUTE FUNCTION audit_trigger_function('enrollments');

ALTER TABLE enrollments ENABLE ROW LEVEL SECURITY;

CREATE POLICY students_read_own_enrollments ON enrollments
FOR SELECT TO authenticated_users
USING (student_id = (SELECT me.id FROM my_account AS me));

-- ACTIVE only, also for what is written: a teacher ends an enrolment with end_enrollment(), and one
-- that has ended is out of sight.
CREATE POLICY class_teachers_read_enrollments ON enrollments
FOR SELECT TO authenticated_users
USING (class_id = ANY ((SELECT my_class_ids())::uuid[]) AND status = 'ACTIVE');

CREATE POLICY class_teachers_change_enrollments ON enrollments
FOR UPDATE TO authenticated_users
USING (class_id = ANY ((SELECT my_class_ids())::uuid[]) AND status = 'ACTIVE');

CREATE POLICY guardians_read_enrollments ON enrollments
FOR SELECT TO authenticated_users
USING (student_id = ANY ((SELECT my_child_ids())::uuid[]));

-- What has ended only of those who are still here.
CREATE POLICY admins_manage_enrollments ON enrollments
FOR ALL TO authenticated_users
USING (
    class_id = ANY ((SELECT my_school_class_ids())::uuid[])
    AND (status = 'ACTIVE' OR student_id = ANY ((SELECT my_school_student_ids())::uuid[]))
)
WITH CHECK (
    class_id = ANY ((SELECT my_school_class_ids())::uuid[])
    AND student_id = ANY ((SELECT my_school_student_ids())::uuid[])
);

CREATE POLICY service_manages_all ON enrollments
FOR ALL TO slate_services
USING (true);

CREATE POLICY reader_reads_all ON enrollments
FOR SELECT TO slate_readers
USING (true);

GRANT SELECT ON enrollments TO authenticated_users;
GRANT INSERT (id, student_id, class_id, status) ON enrollments TO authenticated_users;
GRANT UPDATE (status, final_grade) ON enrollments TO authenticated_users;
GRANT SELECT, INSERT, UPDATE, DELETE ON enrollments TO slate_services;
GRANT SELECT ON enrollments TO slate_readers;
