-- depends: spark_0027_create_guardian_links
-- Why:  a teacher's homework for a class.
-- Lock: none, only new objects. Rollback loses: every assignment.

CREATE TYPE assignment_type AS ENUM ('FILE', 'TEXT', 'QUIZ', 'PROJECT', 'PRESENTATION');
COMMENT ON TYPE assignment_type IS 'What is handed in.';

CREATE TABLE assignments (
    id uuid NOT NULL DEFAULT gen_random_uuid(),
    title varchar(200) NOT NULL,
    description text NOT NULL,
    instructions jsonb,
    course_id uuid,
    class_id uuid NOT NULL,
    due_date timestamptz NOT NULL,
    max_score integer NOT NULL DEFAULT 100,
    submission_type assignment_type NOT NULL DEFAULT 'FILE',
    allowed_file_types text[],
    max_file_size integer NOT NULL DEFAULT 10485760,
    is_published boolean NOT NULL DEFAULT false,
    late_submission_allowed boolean NOT NULL DEFAULT true,
    late_penalty numeric(5, 2) NOT NULL DEFAULT 0,
    created_by uuid NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),

    CONSTRAINT assignments_pkey PRIMARY KEY (id),
    CONSTRAINT assignments_course_id_fkey FOREIGN KEY (course_id) REFERENCES courses (id),
    CONSTRAINT assignments_class_id_fkey FOREIGN KEY (class_id)
        REFERENCES classes (id) ON DELETE CASCADE,
    CONSTRAINT assignments_created_by_fkey FOREIGN KEY (created_by) REFERENCES users (id),
    CONSTRAINT assignments_dates_are_finite_check CHECK (isfinite(due_date)),
    CONSTRAINT assignments_max_score_check CHECK (max_score > 0),
    CONSTRAINT assignments_max_file_size_check CHECK (max_file_size > 0),
    CONSTRAINT assignments_late_penalty_check CHECK (late_penalty BETWEEN 0 AND 100)
);

COMMENT ON TABLE assignments IS
'Work set for a class; students and guardians see it once published.';
COMMENT ON COLUMN assignments.max_score IS 'Points, above 0.';
COMMENT ON COLUMN assignments.created_by IS 'Who set it: the caller, on insert.';
COMMENT ON COLUMN assignments.course_id IS 'The course it belongs to, if any.';
COMMENT ON COLUMN assignments.instructions IS 'Rich instructions with media.';
COMMENT ON COLUMN assignments.due_date IS 'Work handed in after this moment is late.';
COMMENT ON COLUMN assignments.allowed_file_types IS 'Such as {pdf,doc,jpg}; NULL for any.';
COMMENT ON COLUMN assignments.max_file_size IS 'Bytes for each file; 10485760 is 10 MB.';
COMMENT ON COLUMN assignments.late_penalty IS
'Percent taken off late work, 0 to 100; the grader applies it.';

CREATE INDEX idx_assignments_class ON assignments (class_id);
CREATE INDEX idx_assignments_due_date ON assignments (due_date);
CREATE INDEX idx_assignments_published ON assignments (is_published) WHERE is_published = true;
CREATE INDEX assignments_course_id_idx ON assignments (course_id);
CREATE INDEX assignments_created_by_idx ON assignments (created_by);

CREATE TRIGGER update_assignments_updated_at
BEFORE UPDATE ON assignments
FOR EACH ROW EXECUTE FUNCTION core.touch_updated_at();

CREATE TRIGGER assignments_note_creator
BEFORE INSERT ON assignments
FOR EACH ROW EXECUTE FUNCTION note_creator();

ALTER TABLE assignments ENABLE ROW LEVEL SECURITY;

CREATE POLICY students_read_assignments ON assignments
FOR SELECT TO authenticated_users
USING (class_id = ANY ((SELECT my_enrolled_class_ids())::uuid[]) AND is_published);

CREATE POLICY class_teachers_manage_assignments ON assignments
FOR ALL TO authenticated_users
USING (class_id = ANY ((SELECT my_class_ids())::uuid[]));

CREATE POLICY guardians_read_assignments ON assignments
FOR SELECT TO authenticated_users
USING (class_id = ANY ((SELECT my_child_class_ids())::uuid[]) AND is_published);

CREATE POLICY admins_read_assignments ON assignments
FOR SELECT TO authenticated_users
USING (class_id = ANY ((SELECT my_school_class_ids())::uuid[]));

CREATE POLICY service_manages_all ON assignments
FOR ALL TO slate_services
USING (true);

CREATE POLICY reader_reads_all ON assignments
FOR SELECT TO slate_readers
USING (true);

GRANT SELECT, DELETE ON assignments TO authenticated_users;
GRANT INSERT (
    id, title, description, instructions, course_id, class_id, due_date, max_score, submission_type,
    allowed_file_types, max_file_size, is_published, late_submission_allowed, late_penalty,
    created_by
) ON assignments TO authenticated_users;
GRANT UPDATE (
    title, description, instructions, course_id, due_date, max_score, submission_type,
    allowed_file_types, max_file_size, is_published, late_submission_allowed, late_penalty,
    updated_at
) ON assignments TO authenticated_users;
GRANT SELECT, INSERT, UPDATE, DELETE ON assignments TO slate_services;
GRANT SELECT ON assignments TO slate_readers;
