-- depends: physed_0025_create_classes
-- Why:  who is in which class. One row per pair says what is; status_changes keeps what was
--       (DEVIATIONS P19).
-- Lock: none, only new objects. Rollback loses: every enrolment.

CREATE TYPE enrollment_status AS ENUM ('enrolled', 'waitlisted', 'withdrawn', 'completed');
COMMENT ON TYPE enrollment_status IS
'Only "enrolled" takes a place. The document asks for a status and names no values.';

CREATE TABLE class_students (
    class_id integer NOT NULL,
    student_id integer NOT NULL,
    enrollment_date date NOT NULL DEFAULT (now() AT TIME ZONE 'UTC')::date,
    status enrollment_status NOT NULL DEFAULT 'enrolled',
    waitlisted_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),

    CONSTRAINT class_students_pkey PRIMARY KEY (class_id, student_id),
    CONSTRAINT class_students_class_id_fkey FOREIGN KEY (class_id)
        REFERENCES classes (id) ON UPDATE CASCADE ON DELETE CASCADE,
    CONSTRAINT class_students_student_id_fkey FOREIGN KEY (student_id)
        REFERENCES students (id) ON UPDATE CASCADE ON DELETE CASCADE,
    CONSTRAINT class_students_waitlisted_since_check CHECK (
        (status = 'waitlisted') = (waitlisted_at IS NOT NULL)
    )
);

COMMENT ON TABLE class_students IS 'Enrolments; one row per class and student.';
COMMENT ON COLUMN class_students.enrollment_date IS
'The day the student was enrolled or asked to be.';
COMMENT ON COLUMN class_students.waitlisted_at IS
'Place in the queue: the earliest is promoted first. Set by the database.';

CREATE INDEX class_students_student_id_status_idx ON class_students (student_id, status);
-- Serves the waitlist, in order.
CREATE INDEX class_students_status_class_id_waitlisted_at_idx
ON class_students (status, class_id, waitlisted_at);

CREATE FUNCTION queue_student() RETURNS trigger
LANGUAGE plpgsql
SET search_path FROM CURRENT
AS $$
BEGIN
    IF NEW.status <> 'waitlisted' THEN
        NEW.waitlisted_at := NULL;
    ELSIF TG_OP = 'INSERT' OR OLD.status <> 'waitlisted' THEN
        -- The clock, not now(): students queued in one transaction still have an order.
        NEW.waitlisted_at := coalesce(NEW.waitlisted_at, clock_timestamp());
    END IF;
    RETURN NEW;
END;
$$;

COMMENT ON FUNCTION queue_student() IS
'BEFORE row trigger: gives a place in the queue to who is waitlisted, takes it from others.';

CREATE TRIGGER class_students_queue_in_order
BEFORE INSERT OR UPDATE OF status ON class_students
FOR EACH ROW EXECUTE FUNCTION queue_student();

CREATE TRIGGER class_students_added_are_audited
AFTER INSERT ON class_students
REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT
EXECUTE FUNCTION write_audit_of_all('class_students', 'class_id, student_id');

CREATE TRIGGER class_students_removed_are_audited
AFTER DELETE ON class_students
REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT
EXECUTE FUNCTION write_audit_of_all('class_students', 'class_id, student_id');

CREATE TRIGGER class_students_are_audited
AFTER UPDATE ON class_students
FOR EACH ROW EXECUTE FUNCTION write_audit('class_students', 'class_id, student_id');

CREATE TRIGGER class_students_first_status_is_recorded
AFTER INSERT ON class_students
REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT
EXECUTE FUNCTION record_first_status('class_students', 'class_id, student_id', 'status');

CREATE TRIGGER class_students_status_is_recorded
AFTER UPDATE OF status ON class_students
FOR EACH ROW WHEN (OLD.status IS DISTINCT FROM NEW.status)
EXECUTE FUNCTION record_status('class_students', 'class_id, student_id', 'status');

CREATE TRIGGER update_class_students_updated_at
BEFORE UPDATE ON class_students
FOR EACH ROW EXECUTE FUNCTION core.touch_updated_at();

ALTER TABLE class_students ENABLE ROW LEVEL SECURITY;

CREATE POLICY service_manages_all ON class_students
FOR ALL TO slate_services
USING (true);

CREATE POLICY reader_reads_all ON class_students
FOR SELECT TO slate_readers
USING (true);

GRANT SELECT ON class_students TO authenticated_users, slate_readers;
GRANT SELECT, INSERT, UPDATE, DELETE ON class_students TO slate_services;
